#include "response/columns.h"

#include <string.h>

#include "api/lookup.h"
#include "request/resource.h"
#include "response/record.h"
#include "support/misuse.h"
#include "text/json_decode.h"
#include "text/wire_text.h"

#define COLUMN_OF_STRINGS "value"

/* The node of the records of the resource at index 1. */
static uint16_t check_node(lua_State *L) {
  const struct resource *resource = resource_test(L, 1);
  if (!resource) misuse(L, "a twilio.resource is expected, got %s", luaL_typename(L, 1));
  return api_nodes[resource->node].called;
}

/* Whether the list of the node has strings in place of records. Such a list has one column. */
static int has_strings(uint16_t node) {
  int op = lookup_next_op(node, API_LIST, -1);
  return op >= 0 && api_ops[op].strings;
}

int columns_names(lua_State *L) {
  char name[LOOKUP_NAME_SIZE];
  uint16_t node = check_node(L);
  lua_createtable(L, api_nodes[node].n_fields, 0);
  if (has_strings(node)) {
    lua_pushliteral(L, COLUMN_OF_STRINGS);
    lua_rawseti(L, -2, 1);
    return 1;
  }
  for (int i = 0; lookup_field(node, i, name); i++) {
    lua_pushstring(L, name);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

int columns_check(lua_State *L) {
  size_t length;
  struct suggestion suggestion;
  uint16_t node = check_node(L);
  const char *name = luaL_checklstring(L, 2, &length);
  if (strlen(name) != length) return misuse(L, "the name of a column contains a NUL byte");
  if (has_strings(node)) {
    if (strcmp(name, COLUMN_OF_STRINGS) == 0) return 0;
    return misuse(L, "the list of %s has strings, whose only column is '%s', got '%s'", lookup_node_name(node), COLUMN_OF_STRINGS, name);
  }
  if (lookup_has_field(node, name, length)) return 0;
  suggestion_start(&suggestion, name);
  lookup_offer_fields(&suggestion, node);
  return misuse(L, "a record of %s has no field '%s'%s", lookup_node_name(node), name, suggestion_push(L, &suggestion));
}

/* Pushes the text of a number without an exponent. Uses Twilio's text unless it has an exponent,
 * because a Lua number may be inexact. */
static void push_number(lua_State *L, const char *text, const struct json_field *field) {
  char digits[WIRE_NUMBER_SIZE];
  size_t length = field->end - field->value;
  const char *raw = text + field->value;
  if (memchr(raw, 'e', length) || memchr(raw, 'E', length)) {
    json_push(L, text, field);
    size_t written = wire_number(L, -1, digits);
    if (written) raw = digits, length = written; /* otherwise the number is too large for Lua */
  }
  lua_pushlstring(L, raw, length);
}

int columns_text(lua_State *L) {
  size_t length;
  if (!record_test(L, 1)) misuse(L, "a twilio.record is expected, got %s", luaL_typename(L, 1));
  const char *name = luaL_checklstring(L, 2, &length);
  const struct record record = record_hold(L, 1);
  const struct json_field *field = json_find(record.fields, record.n_fields, 1, record.text, name, length);
  if (!field || field->type == JSON_NULL) return 0;
  if (field->type == JSON_STRING)
    json_push(L, record.text, field);
  else if (field->type == JSON_NUMBER)
    push_number(L, record.text, field);
  else
    lua_pushlstring(L, record.text + field->value, field->end - field->value);
  return 1;
}
