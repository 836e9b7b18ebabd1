#include "request/upload_body.h"

#include <stdlib.h>
#include <string.h>

#include "support/compat.h"
#include "support/misuse.h"
#include "text/wire_text.h"
#include "transport/upload.h"

static struct upload *new_upload(lua_State *L, struct request *r) {
  struct upload *upload = calloc(1, sizeof *upload);
  if (!upload) luaL_error(L, "out of memory");
  r->transfer.upload = upload; /* the finalizer of the request frees it */
  return upload;
}

/* Returns a copy of a text field of the table on the stack's top, or NULL if it is absent. The text
 * goes into header lines, or is a path. */
static char *copy_text(lua_State *L, const char *field) {
  size_t length;
  char *copy = NULL;
  lua_getfield(L, -1, field);
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "'%s' of an upload must be a string, got %s", field, luaL_typename(L, -1));
    const char *text = lua_tolstring(L, -1, &length);
    if (length == 0 || wire_has_control(text, length)) misuse(L, "'%s' of an upload is empty or contains control characters", field);
    copy = options_copy(L, text, length);
  }
  lua_pop(L, 1);
  return copy;
}

static void check_part_fields(lua_State *L, const char *what, const char *const *known) {
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "the fields of %s are named, got a %s as a name", what, luaL_typename(L, -1));
    misuse_check_name(L, "field", lua_tostring(L, -1), known);
  }
}

/* ---- multipart ---- */

static void copy_data(lua_State *L, struct upload_part *part) {
  lua_getfield(L, -1, "data");
  if (!lua_isnil(L, -1)) {
    if (lua_type(L, -1) != LUA_TSTRING) misuse(L, "'data' of an upload must be a string, got %s", luaL_typename(L, -1));
    const char *bytes = lua_tolstring(L, -1, &part->length);
    part->data = options_copy(L, bytes, part->length);
  }
  lua_pop(L, 1);
}

static char *copy_base_name(lua_State *L, const char *path) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  return options_copy(L, name, strlen(name));
}

/* Fills a part from the table on the stack's top. */
static void fill_part(lua_State *L, struct upload_part *part, int number) {
  static const char *const known[] = {"name", "path", "data", "filename", "content_type", NULL};
  if (!lua_istable(L, -1)) misuse(L, "part %d of 'multipart' must be a table, got %s", number, luaL_typename(L, -1));
  check_part_fields(L, "a part", known);
  part->name = copy_text(L, "name");
  part->path = copy_text(L, "path");
  copy_data(L, part);
  part->filename = copy_text(L, "filename");
  part->type = copy_text(L, "content_type");
  if (!part->name) misuse(L, "part %d of 'multipart' has no name", number);
  if (!part->path == !part->data) misuse(L, "part %d of 'multipart' needs either path or data", number);
  if (part->path && !part->filename) part->filename = copy_base_name(L, part->path);
}

/* Adds an empty part after `last`, or as the first one. The upload owns the part at once, because
 * filling it may raise. */
static struct upload_part *read_part(lua_State *L, struct upload *upload, struct upload_part *last) {
  struct upload_part *part = calloc(1, sizeof *part);
  if (!part) luaL_error(L, "out of memory");
  if (last)
    last->next = part;
  else
    upload->parts = part;
  return part;
}

static void read_parts(lua_State *L, struct request *r) {
  if (!lua_istable(L, -1) || lua_rawlen(L, -1) == 0) misuse(L, "'multipart' must be an array of parts { name=, path= or data=, … }");
  struct upload *upload = new_upload(L, r);
  struct upload_part *last = NULL;
  for (int i = 1; i <= (int)lua_rawlen(L, -1); i++) {
    last = read_part(L, upload, last);
    lua_rawgeti(L, -1, i);
    fill_part(L, last, i);
    lua_pop(L, 1);
  }
}

/* ---- body ---- */

static void read_body(lua_State *L, struct request *r) {
  static const char *const known[] = {"path", NULL};
  size_t length;
  struct upload *upload = new_upload(L, r);
  if (lua_type(L, -1) == LUA_TSTRING) {
    const char *bytes = lua_tolstring(L, -1, &length);
    buffer_add(&r->asked.body, bytes, length);
    return;
  }
  if (!lua_istable(L, -1)) misuse(L, "'body' must be a string, or { path = … }, got %s", luaL_typename(L, -1));
  check_part_fields(L, "'body'", known);
  upload->path = copy_text(L, "path");
  if (!upload->path) misuse(L, "'body' has no path");
}

enum upload_content upload_body_read(lua_State *L, struct request *r) {
  enum upload_content content = UPLOAD_NONE;
  int top = lua_gettop(L), is_signed = client_root(r->client)->validation.is_required;
  lua_getfield(L, 2, "body");
  lua_getfield(L, 2, "multipart");
  int has_body = !lua_isnil(L, top + 1), has_parts = !lua_isnil(L, top + 2);
  if (has_body && has_parts) misuse(L, "client:request takes body or multipart, not both");
  if (has_parts) {
    content = UPLOAD_MULTIPART;
    read_parts(L, r);
  } else if (has_body) {
    content = UPLOAD_BODY;
    lua_settop(L, top + 1);
    read_body(L, r);
  }
  if (is_signed && (has_parts || (has_body && r->transfer.upload->path)))
    misuse(L, "a client with the option client_validation cannot upload files: it signs the whole body. Pass a string as 'body'");
  lua_settop(L, top);
  return content;
}

static void set_part_text(lua_State *L, const char *name, const char *text) {
  if (!text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

void upload_body_export(lua_State *L, const struct request *r) {
  const struct upload *upload = r->transfer.upload;
  int n = 0;
  if (!upload) return;
  set_part_text(L, "body_path", upload->path);
  if (!upload->parts) return;
  lua_newtable(L);
  for (const struct upload_part *part = upload->parts; part; part = part->next) {
    lua_newtable(L);
    set_part_text(L, "name", part->name);
    set_part_text(L, "filename", part->filename);
    set_part_text(L, "content_type", part->type);
    set_part_text(L, "path", part->path);
    if (part->data) {
      lua_pushlstring(L, part->data, part->length);
      lua_setfield(L, -2, "data");
    }
    lua_rawseti(L, -2, ++n);
  }
  lua_setfield(L, -2, "multipart");
}
