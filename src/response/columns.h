/* The columns of a CSV file of records, for lua/twilio/csv/write.lua. */
#ifndef TWILIO_COLUMNS_H
#define TWILIO_COLUMNS_H

#include <lua.h>

#pragma GCC visibility push(hidden)

/* core.columns(resource) → the sorted names of the fields that Twilio's documents have for the
 * records of the resource. The array is empty if the documents do not describe them. A list of
 * strings has the column "value". */
int columns_names(lua_State *L);

/* core.check_column(resource, name): raises if the documents describe the records and have no such
 * field. The message suggests a near match. */
int columns_check(lua_State *L);

/* core.column_text(record, name) → the field as text; nil if it is absent or null. An object or an
 * array is its JSON text, as Twilio sent it. A number has all its digits and no exponent. */
int columns_text(lua_State *L);

#pragma GCC visibility pop

#endif
