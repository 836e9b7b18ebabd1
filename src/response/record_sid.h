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

/* The record on the stack's top answers a request of this operation. If the path ended in a name
 * such as Twilio.CURRENT, and the record has a SID, its methods use the SID. The name may mean
 * another record later. After a redirect, the methods use the identifier of the record in any case:
 * it may be the one that the requested record was merged into. */
void record_take_sid(lua_State *L, const struct api_op *op, int is_redirected);

/* Pushes the masked identity of the record: its SID, or the last SID of its path, such as the
 * call_sid of a participant. Pushes nil and returns NULL if the record has none. */
const char *record_push_identity(lua_State *L, const struct record *r);

#pragma GCC visibility pop

#endif
