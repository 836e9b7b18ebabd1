/* Escapes text for XML 1.0 documents. */
#ifndef TWILIO_XML_H
#define TWILIO_XML_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.xml(value, is_attribute) → the escaped text of a string, number, boolean or twilio.integer,
 * for use between tags or between double quotes. Returns nil for other values and for numbers that
 * are not finite. For a string that XML cannot contain, returns nil, the position of the first
 * forbidden byte, and the code point of the forbidden character. The code point is nil if the string
 * is not UTF-8 at this position. */
int xml_escape(lua_State *L);

#pragma GCC visibility pop

#endif
