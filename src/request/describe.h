/* Describes the API to programs, such as the command line: resources, operations, parameters. */
#ifndef TWILIO_DESCRIBE_H
#define TWILIO_DESCRIBE_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.describe(names…): describes the resource that a client has under these names, as in
 * core.describe("verify", "v2", "services"). `true` after a name stands for a call with SIDs:
 * core.describe("accounts", true, "calls") is accounts(sid).calls. Without names: the client itself.
 * Returns a table:
 *
 *   name        the name of the resource; "" for the client
 *   arity       the largest number of SIDs that services(sid) takes
 *   given       the number of SIDs that the client adds: 1 for resources of its account, otherwise 0
 *   children    an array of { name =, via = }, in the order of lookup. `via` is the name of the
 *               version or account that may be left out, as in verify.services
 *   operations  an array of operations
 *   verbs       an array of { name =, operation =, fixed =, positional =, takes_parameters = }
 *   lists       the names of the parameters by which the resource combines other lists, see api_fan.
 *               "" stands for the SID of its parent
 *   fields      an array of the names of a record's fields, empty if they are not documented
 *
 * An operation:
 *   kind        "list", "create", "fetch", "update", "delete" or "patch"
 *   method, host, path    "POST", "verify", "/v2/Services/{ServiceSid}/Verifications"
 *   content     "none", "form", "json" or "scim": the format of the request's body
 *   auth        "basic", "oauth" or "none"
 *   is_open     whether the body takes further keys
 *   has_strings whether the list has strings in place of records
 *   parameters  an array of { name =, wire =, class =, location =, is_required =, is_personal = }
 *   aliases     an array of further names of parameters
 *
 * Returns nil, and the name that was probably meant or nil, and the number of the wrong argument,
 * if there is no such resource. */
int describe(lua_State *L);

#pragma GCC visibility pop

#endif
