-- Operations that Prism rejects although the request is correct: the complaint of Prism, and the reason.
-- The check fails if Prism accepts the operation, or if it has other complaints.
local OBJECT_IN_FORM = "the form has a property of type object, which OpenAPI encodes as JSON text by default; "
  .. "Prism does not decode it and sees a string"

return {
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
