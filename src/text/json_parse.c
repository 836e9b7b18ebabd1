#include "text/json_parse.h"

#include "support/compat.h"
#include "support/userdata.h"
#include "text/json.h"
#include "text/json_decode.h"

static const char index_name[] = "twilio.json_index";

/* The index is memory outside the Lua heap, and json_push may raise. The userdata frees it then. */
static int index_gc(lua_State *L) {
  struct json_index *index = userdata_test(L, 1, index_name);
  if (index) json_free(index);
  return 0;
}

int json_parse(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  struct json_error error;
  struct json_index *index = userdata_new(L, sizeof *index, 0, index_name);
  if (!json_check(index, text, length, &error)) {
    if (index->lacks_memory) return luaL_error(L, "not enough memory");
    lua_pushnil(L);
    lua_pushfstring(L, "%s at byte %d", error.message, (int)error.offset + 1);
    return 2;
  }
  json_push(L, text, &index->field[0]);
  json_free(index);
  return 1;
}

void json_parse_register(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", index_gc}, {NULL, NULL}};
  lua_newtable(L);
  userdata_metatable(L, index_name, meta, NULL);
}
