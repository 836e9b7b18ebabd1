/* IP addresses and networks. */
#ifndef TWILIO_NETWORK_H
#define TWILIO_NETWORK_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.in_network(address, network): returns whether the address is in the network, which is an
 * address or "address/bits". An IPv4 address that is written as IPv6, ::ffff:10.0.0.1, counts as
 * IPv4. Returns nil if the network is malformed, and false if the address is. */
int network_contains(lua_State *L);

#pragma GCC visibility pop

#endif
