#include "request/operation.h"

#include <string.h>

#include "api/lookup.h"
#include "client/options.h"
#include "request/parameters.h"
#include "request/request.h"
#include "support/compat.h"
#include "support/misuse.h"
#include "text/uuid.h"
#include "text/wire_text.h"

/* The arguments of core.request, and the operation that they select. */
struct arguments {
  const struct resource *resource;
  const char *name;            /* of the verb */
  int kind;                    /* enum api_kind; -1: the verb is in api_verbs */
  const struct api_verb *verb; /* the entry in api_verbs, or NULL */
  uint16_t op;
  int next;                   /* stack index of the next argument */
  int given, params, options; /* stack indices of tables, 0: none */
  struct settings settings;   /* of the client and the options */
};

/* The number of SIDs before the first table or nil. */
static int count_sids(lua_State *L, int first) {
  int n = 0;
  while (lua_type(L, first + n) == LUA_TSTRING || lua_type(L, first + n) == LUA_TNUMBER) n++;
  return n;
}

/* Writes the Lua name of a placeholder in a path. Returns 0 for a placeholder such as {CallSid},
 * which is simply called a SID. */
static int placeholder_name(uint16_t path, int number, char out[64]) {
  struct lookup_segment segment;
  if (!lookup_placeholder(path, number, &segment)) return 0;
  if (segment.length >= 3 && memcmp(segment.text + segment.length - 3, "Sid", 3) == 0) return 0;
  wire_snake(segment.text, segment.length, out, 64);
  return 1;
}

/* Pushes the name of the next SID that the operation's path needs, such as "a SID" or "the
 * country_code", and the type of the argument that was passed instead. The arguments must be on the
 * top of the stack. */
static const char *push_needed(lua_State *L, const struct arguments *arguments, uint16_t op, int sids) {
  char name[64] = "";
  int type = lua_type(L, arguments->next + sids), is_there = type != LUA_TNONE && type != LUA_TNIL && type != LUA_TTABLE;
  int is_named = placeholder_name(api_ops[op].path, arguments->resource->n_sids + sids, name);
  return lua_pushfstring(L, "%s%s%s%s", is_named ? "the " : "a SID", name, is_there ? ", got " : "", is_there ? lua_typename(L, type) : "");
}

/* The number of the resource's SIDs that belong to the node. */
static int sids_of(const struct resource *resource, uint16_t node) {
  int n = 0;
  for (int i = 0; i < resource->n_sids; i++) n += resource->sid[i].node == node;
  return n;
}

/* Appends the names of n parameters of a path as "(sid)", starting with number `first`. */
static void add_placeholders(luaL_Buffer *b, uint16_t path, int first, int n) {
  for (int i = 0; i < n; i++) {
    char name[64];
    luaL_addstring(b, i ? ", " : "(");
    luaL_addstring(b, placeholder_name(path, first + i, name) ? name : "sid");
  }
  if (n) luaL_addchar(b, ')');
}

/* Pushes an example of the complete call, such as "services(sid).verifications:create". The example
 * begins with the first resource that lacks a SID. */
static const char *push_complete(lua_State *L, const struct arguments *arguments, uint16_t op) {
  uint16_t nodes[LOOKUP_DEPTH], own = arguments->resource->node, path = api_ops[op].path;
  int n = lookup_ancestry(own, nodes), at = 0, begun = 0;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  while (n--) {
    int has = sids_of(arguments->resource, nodes[n]), takes = nodes[n] == own ? api_ops[op].n_path - at : api_nodes[nodes[n]].arity;
    int lacks = takes > has;
    begun |= lacks || nodes[n] == own;
    if (begun) luaL_addstring(&b, lookup_node_name(nodes[n]));
    if (begun && nodes[n] != own) {
      add_placeholders(&b, path, at, takes);
      luaL_addchar(&b, '.');
    }
    at += nodes[n] == own ? 0 : takes;
  }
  luaL_addchar(&b, ':');
  luaL_addstring(&b, arguments->name);
  add_placeholders(&b, path, at, api_ops[op].n_path - at);
  luaL_pushresult(&b);
  return lua_tostring(L, -1);
}

static int find_kind(lua_State *L, const struct arguments *arguments, int sids) {
  uint16_t node = arguments->resource->node;
  int least = 100, most = -100, found = -1, nearest = 0;
  for (int i = lookup_next_op(node, arguments->kind, -1); i >= 0; i = lookup_next_op(node, arguments->kind, i)) {
    int n = api_ops[i].n_path - arguments->resource->n_sids;
    if (n == sids) found = i;
    if (n < least) {
      least = n;
      nearest = i;
    }
    if (n > most) most = n;
  }
  if (found >= 0) return found;
  const char *needed =
      sids < least && least < 100 ? push_needed(L, arguments, (uint16_t)nearest, sids) : NULL; /* push_needed reads the top of the stack */
  const char *where = resource_push_name(L, arguments->resource);
  if (least == 100) return misuse(L, "%s has no '%s'", where, arguments->name);
  if (needed)
    return misuse(L, "%s:%s needs %s, as in %s", where, arguments->name, least - sids > 1 ? resource_sid_count(least - sids) : needed,
                  push_complete(L, arguments, (uint16_t)nearest));
  if (most < 0) return misuse(L, "%s:%s applies to the whole list, not to one SID: leave the SID out", where, arguments->name);
  if (most == 0) return misuse(L, "%s:%s takes no SID here: pass its parameters in a table", where, arguments->name);
  return misuse(L, "%s:%s takes %s here, got %d", where, arguments->name, resource_sid_count(most), sids);
}

static void find_verb(lua_State *L, struct arguments *arguments) {
  arguments->verb = lookup_verb(arguments->resource->node, arguments->name);
  if (!arguments->verb) misuse(L, "%s has no '%s'", resource_push_name(L, arguments->resource), arguments->name);
  arguments->op = arguments->verb->op;
  int need = api_ops[arguments->op].n_path - arguments->resource->n_sids;
  if (need < 0) misuse(L, "%s:%s applies to the whole list, not to one record", resource_push_name(L, arguments->resource), arguments->name);
  int sids = count_sids(L, arguments->next);
  if (sids < need) {
    const char *needed = push_needed(L, arguments, arguments->op, sids);
    misuse(L, "%s:%s needs %s, as in %s", resource_push_name(L, arguments->resource), arguments->name, needed,
           push_complete(L, arguments, arguments->op));
  }
}

/* Some parameters select another operation, and become the last SID of its path, as in
 * notifications:list{ call = sid }. Returns the alias, or NULL. */
static const struct api_alias *take_alias(lua_State *L, struct arguments *arguments, struct sid *sid) {
  const struct api_alias *alias = arguments->params ? lookup_next_alias(arguments->op, NULL) : NULL;
  for (; alias; alias = lookup_next_alias(arguments->op, alias)) {
    if (!alias->reroute) continue;
    lua_getfield(L, arguments->params, API_STRING(alias->name));
    if (!lua_isnil(L, -1)) {
      resource_to_sid(L, -1, sid); /* stays on the stack */
      arguments->op = alias->target;
      return alias;
    }
    lua_pop(L, 1);
  }
  return NULL;
}

/* Replaces the table at `params` by a copy without the field `name`. */
static void drop_name(lua_State *L, int params, const char *name) {
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, params)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  lua_pushnil(L);
  lua_setfield(L, -2, name);
  lua_replace(L, params);
}

/* Parses the next word of a verb's list, such as "Method=POST". Pushes the name, and its value or
 * nil. Returns the rest of the list. */
static const char *next_word(lua_State *L, const char *words, char separator) {
  const char *end = strchr(words, separator), *equals = strchr(words, '=');
  size_t length = end ? (size_t)(end - words) : strlen(words);
  if (equals && equals < words + length) {
    lua_pushlstring(L, words, (size_t)(equals - words));
    lua_pushlstring(L, equals + 1, length - (size_t)(equals - words) - 1);
  } else {
    lua_pushlstring(L, words, length);
    lua_pushnil(L);
  }
  return words + length + (end != NULL);
}

static int position_of(lua_State *L, const struct arguments *arguments, int name) {
  int position = lookup_param(arguments->op, lua_tostring(L, name));
  if (position < 0) luaL_error(L, "the verb '%s' of the API table has the unknown parameter '%s'", arguments->name, lua_tostring(L, name));
  return position;
}

static void take_fixed(lua_State *L, struct arguments *arguments) {
  for (const char *words = API_STRING(arguments->verb->fixed); *words;) {
    words = next_word(L, words, '&');
    lua_rawseti(L, arguments->given, position_of(L, arguments, -2) + 1);
    lua_pop(L, 1);
  }
}

/* Replaces the default on the stack's top by the next argument. If that argument is nil, the
 * default stays. A table is not a positional argument. */
static void take_positional(lua_State *L, struct arguments *arguments, int has_next) {
  int type = has_next ? lua_type(L, arguments->next) : LUA_TNONE;
  int is_value = type == LUA_TSTRING || type == LUA_TNUMBER, is_left_out = type == LUA_TNONE || type == LUA_TNIL || type == LUA_TTABLE;
  if (is_value) {
    lua_pushvalue(L, arguments->next);
    lua_replace(L, -2);
  } else if (!is_left_out || lua_isnil(L, -1)) {
    char snake[64];
    const char *name = lua_tostring(L, -2);
    wire_snake(name, strlen(name), snake, sizeof snake);
    misuse(L, "%s:%s %s the %s, got %s", lookup_node_name(arguments->resource->node), arguments->name, lua_isnil(L, -1) ? "needs" : "takes", snake,
           lua_typename(L, type));
  }
  if (has_next && type != LUA_TTABLE) arguments->next++;
}

/* Inserts a table with the fixed and positional parameters of a verb, keyed by their positions. */
static void take_given(lua_State *L, struct arguments *arguments) {
  lua_newtable(L);
  lua_insert(L, arguments->next);
  arguments->given = arguments->next++;
  take_fixed(L, arguments);
  int top = lua_gettop(L);
  for (const char *words = API_STRING(arguments->verb->positional); *words;) {
    words = next_word(L, words, ' ');
    take_positional(L, arguments, arguments->next <= top);
    lua_rawseti(L, arguments->given, position_of(L, arguments, -2) + 1);
    lua_pop(L, 1);
  }
}

static void add_operation_path(const struct resource *resource, uint16_t path, struct buffer *out) {
  struct lookup_path p;
  struct lookup_segment segment;
  int sid = 0;
  lookup_path_start(&p, path);
  while (lookup_path_next(&p, &segment)) {
    if (!segment.is_placeholder) {
      buffer_add(out, segment.text - 1, segment.length + 1); /* with the slash */
      continue;
    }
    buffer_addc(out, '/');
    wire_percent(out, resource->sid[sid].text, resource->sid[sid].length);
    sid++;
  }
}

static void check_operation_account(lua_State *L, struct request *r, const char *verb) {
  if (request_op(r)->auth != API_BASIC || !r->client->parent || !buffer_cstr(&r->asked.path)) return;
  const char *name = resource_push_name(L, r->asked.resource);
  client_check_account(L, r->client, lua_pushfstring(L, "%s:%s", name, verb), r->asked.path.data);
  lua_pop(L, 2);
}

static void set_operation_url(struct request *r) {
  const struct api_op *op = request_op(r);
  add_operation_path(r->asked.resource, op->path, &r->asked.path);
  if (op->suffix) buffer_adds(&r->asked.path, ".json");
  origin_add_base(client_origin(r->client), API_STRING(api_products[op->product]), &r->asked.url);
  buffer_add(&r->asked.url, r->asked.path.data, r->asked.path.length);
}

/* Returns the default of the page size; 0: leave it to Twilio. iter and count read all pages, so
 * large pages save requests. list and verbs such as `search` read one page, whose size is the limit. Without a documented
 * maximum, a limit is sent up to Twilio's default page size, which no list refuses. */
static long default_page_size(const struct arguments *arguments, double limit) {
  enum { USUAL_SIZE = 50 };
  const struct api_op *op = &api_ops[arguments->op];
  long most = op->max_page ? (long)api_page_sizes[op->max_page] : USUAL_SIZE;
  if (arguments->kind != API_LIST) return 0;
  if (limit > 0 && limit < (double)most) return (long)limit;
  if (!op->max_page) return 0;
  return (arguments->verb || strcmp(arguments->name, "list") == 0) && limit <= 0 ? 0 : most;
}

/* `limit` and `prefetch` are options. They are also accepted among the parameters, unless Twilio
 * has a parameter of that name. */
static void push_list_option(lua_State *L, const struct arguments *arguments, const char *name) {
  lua_pushnil(L);
  if (arguments->options) {
    lua_pop(L, 1);
    lua_getfield(L, arguments->options, name);
  }
  if (lua_isnil(L, -1) && arguments->params && lookup_param(arguments->op, name) < 0) {
    lua_pop(L, 1);
    lua_getfield(L, arguments->params, name);
  }
}

static double check_limit(lua_State *L) {
  double limit = -1;
  if (!lua_isnil(L, -1)) {
    limit = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : -1;
    int is_whole = limit >= 1e15 || (limit >= 0 && limit == (double)(int64_t)limit);
    if (!is_whole) misuse(L, "'limit' must be a whole number of records, zero or more, got %s", options_push_shown(L, -1, "limit"));
  }
  return limit;
}

static void take_resource(lua_State *L, struct arguments *arguments) {
  arguments->resource = resource_test(L, 1);
  if (!arguments->resource) misuse(L, "call '%s' on a resource or a record, with ':'; got %s", arguments->name, luaL_typename(L, 1));
  client_check_open(L, arguments->resource->client);
  arguments->next = 4;
}

static void find_operation(lua_State *L, struct arguments *arguments) {
  arguments->kind = lookup_kind(arguments->name);
  if (arguments->kind >= 0)
    arguments->op = (uint16_t)find_kind(L, arguments, count_sids(L, arguments->next));
  else
    find_verb(L, arguments);
  if (arguments->verb && api_ops[arguments->op].kind == API_LIST) arguments->kind = API_LIST; /* for example `search` */
}

static enum option_scope scope_of(const struct arguments *arguments) {
  if (arguments->kind != API_LIST) return OPTION_OF_CALL;
  if (strcmp(arguments->name, "page") == 0) return OPTION_OF_PAGE;
  return strcmp(arguments->name, "csv") == 0 ? OPTION_OF_CSV : OPTION_OF_LIST;
}

/* The arguments after the SIDs are (params, options). A verb takes (options) only if it has fixed or
 * positional parameters, or if its operation has no parameters. */
static void take_tables(lua_State *L, struct arguments *arguments) {
  int is_fixed = arguments->verb && !lookup_verb_takes_params(arguments->verb);
  if (is_fixed) take_given(L, arguments);
  int last = is_fixed ? arguments->next : arguments->next + 1;
  if (lua_gettop(L) > last) misuse(L, "too many arguments to '%s'", arguments->name);
  arguments->params = is_fixed ? 0 : request_optional_table(L, arguments->next, "the parameters");
  arguments->options = request_optional_table(L, last, "the options");
  enum option_scope scope = scope_of(arguments);
  request_read_options(L, arguments->options, scope, arguments->resource->client, &arguments->settings);
}

/* The node of the records in the response. A verb, or a parameter, may select an operation of
 * another node. */
static uint16_t answering_node(const struct arguments *arguments) {
  return lookup_op_node(arguments->op, api_nodes[arguments->resource->node].called);
}

/* Pushes the resource with all SIDs of the operation's path. The first n of `sids` are arguments. */
static const struct resource *push_full_resource(lua_State *L, struct arguments *arguments, struct sid *sids, int n) {
  const struct api_alias *alias = take_alias(L, arguments, &sids[n]);
  if (alias) {
    drop_name(L, arguments->params, API_STRING(alias->name));
    n++;
  }
  uint16_t node = answering_node(arguments), taker = lookup_has_op(arguments->resource->node, arguments->op) ? node : api_nodes[node].parent;
  for (int i = 0; i < n; i++) sids[i].node = taker;
  if (n || node != arguments->resource->node) return resource_push(L, 1, arguments->resource->client, arguments->resource, node, sids, n);
  lua_pushvalue(L, 1);
  return arguments->resource;
}

/* Pushes the options limit and prefetch, or two nils. Returns the limit, -1: none. */
static double push_list_options(lua_State *L, const struct arguments *arguments) {
  if (arguments->kind != API_LIST) {
    lua_pushnil(L);
    lua_pushnil(L);
    return -1;
  }
  push_list_option(L, arguments, "limit");
  double limit = check_limit(L);
  push_list_option(L, arguments, "prefetch");
  if (!lua_isnil(L, -1) && !lua_isboolean(L, -1)) misuse(L, "'prefetch' must be a boolean, got %s", options_push_shown(L, -1, "prefetch"));
  if (!lua_isnil(L, -1) && strcmp(arguments->name, "list") == 0) misuse(L, "'prefetch' is an option of iter and count: a list is one page");
  return limit;
}

/* Stores the record at index 3, or nil. The response renews this record. */
static void remember_record(lua_State *L, int request) {
  compat_gettable(L, request);
  lua_pushvalue(L, 3);
  lua_rawseti(L, -2, REQUEST_RECORD);
  lua_pop(L, 1);
}

/* Raises if the operation takes OAuth and the client has other credentials. Twilio would answer
 * with a 401 that does not tell the cause. */
static void check_credentials(lua_State *L, const struct arguments *arguments) {
  if (api_ops[arguments->op].auth != API_OAUTH || client_root(arguments->resource->client)->credentials.kind != CREDENTIALS_BASIC) return;
  misuse(L, "%s:%s needs OAuth: pass client_id and client_secret, or bearer_token, to twilio.client", resource_push_name(L, arguments->resource),
         arguments->name);
}

/* Pushes the option `extra`. Returns its stack index, or 0 if it is absent. */
static int push_extra(lua_State *L, const struct arguments *arguments) {
  if (!arguments->options) return 0;
  lua_getfield(L, arguments->options, "extra");
  return request_optional_table(L, lua_gettop(L), "option 'extra'");
}

static void set_headers(struct request *r, const struct api_op *op, int has_body, int has_extra) {
  enum api_content content = has_body && has_extra && op->content == API_NO_BODY ? API_FORM : (enum api_content)op->content;
  enum api_content answer = op->method == API_DELETES ? API_NO_BODY : op->scim ? API_SCIM : API_JSON;
  request_set_headers(r, (enum api_auth)op->auth, content, answer);
}

/* Selects the operation and reads all arguments. Pushes and returns the resource of the operation. */
static const struct resource *take_arguments(lua_State *L, struct arguments *arguments) {
  struct sid sids[RESOURCE_SIDS + 1];
  arguments->name = lua_tostring(L, 2);
  take_resource(L, arguments);
  find_operation(L, arguments);
  int need = api_ops[arguments->op].n_path - arguments->resource->n_sids;
  for (int i = 0; i < need; i++) resource_to_sid(L, arguments->next++, &sids[i]);
  take_tables(L, arguments);
  const struct resource *resource = push_full_resource(L, arguments, sids, need);
  check_credentials(L, arguments);
  return resource;
}

/* Adds a key of our own, which all attempts of the call send. The parameter idempotency_key replaces
 * it. */
static void add_key(lua_State *L, struct request *r) {
  char key[UUID_SIZE];
  if (!request_has_key(r)) return;
  if (!uuid_new(key)) luaL_error(L, "the system has no random numbers");
  request_add_header(L, r, PARAMETERS_KEY, key);
}

struct request *operation_new(lua_State *L) {
  struct arguments arguments = {0};
  const struct resource *resource = take_arguments(L, &arguments);
  const struct api_op *op = &api_ops[arguments.op];
  int has_body = op->method != API_GET && op->method != API_DELETES;
  struct request *r = request_push(L, -1, resource->client);
  int self = lua_gettop(L);
  r->asked.resource = resource;
  r->asked.op = arguments.op;
  remember_record(L, self);
  double limit = push_list_options(L, &arguments);
  int extra = push_extra(L, &arguments);
  set_headers(r, op, has_body, extra != 0);
  set_operation_url(r);
  check_operation_account(L, r, arguments.name);
  add_key(L, r);
  /* `page` takes no parameters: the URL of a page contains them */
  if (strcmp(arguments.name, "page") != 0) parameters_add(L, r, arguments.params, extra, arguments.given, default_page_size(&arguments, limit));
  request_set_options(L, self, arguments.options, &arguments.settings);
  request_seal(L, r, (enum api_method)op->method, has_body);
  lua_settop(L, self + 2);
  return r;
}

static int is_below_sid(const struct resource *resource) {
  return resource->n_sids > 0 && resource->sid[resource->n_sids - 1].node == api_nodes[resource->node].parent;
}

/* Reads the SID that selects the records of the outer list. The SID is in a parameter, the resource
 * or the first argument. The value of a parameter stays on the stack. Returns 0 if the parameter is
 * absent. */
static int fan_sid(lua_State *L, const struct api_fan *fan, const struct resource *resource, struct sid *sid) {
  const char *name = API_STRING(fan->param);
  if (!*name) {
    if (is_below_sid(resource))
      *sid = resource->sid[resource->n_sids - 1];
    else if (count_sids(L, 2) > 0)
      resource_to_sid(L, 2, sid);
    else
      misuse(L, "%s needs the SID of its parent, as in %s(sid).%s", resource_push_name(L, resource),
             lookup_node_name(api_nodes[resource->node].parent), lookup_node_name(resource->node));
    return 1;
  }
  if (!lua_istable(L, 2)) return 0;
  lua_getfield(L, 2, name);
  if (lua_isnil(L, -1)) return lua_pop(L, 1), 0;
  resource_to_sid(L, -1, sid);
  drop_name(L, 2, name);
  return 1;
}

int operation_fan(lua_State *L) {
  const struct resource *resource = resource_test(L, 1);
  struct sid sid;
  if (lua_gettop(L) < 2) lua_settop(L, 2);
  int top = lua_gettop(L);
  const struct api_fan *fan = resource ? lookup_next_fan(resource->node, NULL) : NULL;
  for (; fan; fan = lookup_next_fan(resource->node, fan)) {
    if (!fan_sid(L, fan, resource, &sid)) continue;
    struct resource above = *resource;
    int is_by_resource = !*API_STRING(fan->param) && is_below_sid(resource), rest = *API_STRING(fan->param) || is_by_resource ? 2 : 3;
    luaL_checkstack(L, top + 10, "too many arguments");
    above.n_sids -= is_by_resource;
    resource_push(L, 1, resource->client, &above, fan->outer, NULL, 0);
    lua_newtable(L);
    lua_pushlstring(L, sid.text, sid.length);
    lua_setfield(L, -2, API_STRING(fan->through));
    lua_pushstring(L, API_STRING(fan->inner));
    for (int argument = rest; argument <= top; argument++) lua_pushvalue(L, argument);
    return 3 + top - rest + 1;
  }
  return 0;
}
