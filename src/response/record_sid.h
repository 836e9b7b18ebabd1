/* The SIDs of a record: which fields they are in, and the resource that they lead to. */
#ifndef TWILIO_RECORD_SID_H
#define TWILIO_RECORD_SID_H

#include "response/record.h"

#pragma GCC visibility push(hidden)

/* Pushes the resource of the record, with all its SIDs. Raises if the record lacks the field with
 * one of the SIDs. */
void record_push_resource(lua_State *L, int index);

/* Twilio has the lists of a recording, such as its transcriptions, below the account only. For a
 * recording of a call or conference, pushes the list of that name of the same recording below the
 * account, and returns 1. Otherwise returns 0 and pushes nothing. */
int record_push_list_of_account(lua_State *L, int index, const char *name);

/* Decides which SID the methods of the record on the stack's top use. `op` is the operation that
 * returned the record. By default the methods use the SID of the request. If the request named the
 * record otherwise, for example Twilio.CURRENT, they use the SID in the record, because the name may
 * mean another record later. After a redirect they always use the identifier in the record, because
 * the requested record may have been merged into another one. */
void record_take_sid(lua_State *L, const struct api_op *op, int is_redirected);

/* Pushes the masked identity of the record: its SID, or the last SID of its path, such as the
 * call_sid of a participant. Pushes nil and returns NULL if the record has none. */
const char *record_push_identity(lua_State *L, const struct record *record);

#pragma GCC visibility pop

#endif
