-- Operations that Prism refuses although the library sends what it should: Prism's only complaint, and why it is no fault of
-- the library. An entry whose operation is accepted, or refused for more than this, is a failure.
local OBJECT_IN_FORM = "the document gives a form a property of type object, for which OpenAPI's default encoding is JSON text; "
  .. "Prism does not decode that and sees a string"

return {
  ["twilio_oauth_v2.CreateOauth2Token"] = {
    complaint = "Body parameter is required",
    reason = "the document requires a body but none of its fields, and Prism takes a form without fields for no body",
  },
  ["twilio_video_v1.CreateRoom"] = {
    complaint = "Request body property TranscriptionsConfiguration must be object",
    reason = OBJECT_IN_FORM,
  },
  ["twilio_video_v1.CreateRoomTranscriptions"] = {
    complaint = "Request body property Configuration must be object",
    reason = OBJECT_IN_FORM,
  },
  ["twilio_video_v1.UpdateRoomTranscriptions"] = {
    complaint = "Request body property Configuration must be object",
    reason = OBJECT_IN_FORM,
  },
}
