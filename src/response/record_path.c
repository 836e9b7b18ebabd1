#include "response/record_path.h"

#include "api/lookup.h"
#include "request/resource.h"
#include "response/record.h"
#include "support/misuse.h"

int record_path(lua_State *L) {
  uint16_t nodes[LOOKUP_DEPTH];
  const struct record *record = record_test(L, 1);
  const struct resource *resource = record ? record->resource : resource_test(L, 1);
  if (!resource) return misuse(L, "a twilio.record is expected, got %s (called with '.' instead of ':'?)", luaL_typename(L, 1));
  int n = lookup_ancestry(api_nodes[resource->node].called, nodes);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (int i = n; i-- > 0;) {
    luaL_addstring(&b, lookup_node_name(nodes[i]));
    if (i) luaL_addchar(&b, '.');
  }
  luaL_pushresult(&b);
  lua_pushstring(L, lookup_node_name(nodes[0]));
  return 2;
}
