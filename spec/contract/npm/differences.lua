-- Differences between the requests of this library and those of npm's twilio, and their reasons. The check
-- fails for a difference that is not listed here, and for an entry that explains nothing any more.
--
-- operations: patterns of their names. difference: a pattern of the text that compare.lua prints.
return {
  {
    reason = "npm 6.3.1 has no Assistants any more; the product's other documents still have them",
    operations = { "assistants_v1%.%w+" }, difference = "theirs makes no request: there is no assistants",
  },
  {
    reason = "npm 6.3.1 has no alarms any more",
    operations = { "monitor_v2%.%w+" }, difference = "theirs makes no request: there is no v2",
  },
  {
    reason = "npm 6.3.1 has no version 3 of Numbers any more",
    operations = { "numbers_v3%.CreateHostedNumbersHostedNumberOrder" }, difference = "theirs makes no request: there is no v3",
  },
  {
    reason = "npm has the class of these results, but its version object does not lead to it",
    operations = { "insights_v3%.FetchQueryJobResults" }, difference = "theirs makes no request: there is no results",
  },
  {
    reason = "only the official documents have this operation",
    operations = { "numbers_v1%.CreateVoiceVerificationCheck" }, difference = "theirs makes no request: there is no voice_verification_checks",
  },
  {
    reason = "only the official documents have this operation",
    operations = { "oauth_v2%.FetchOauth2ServerMetadata" }, difference = "theirs makes no request: there is no _well_known",
  },
  {
    reason = "npm takes the SIDs in the order in which the document declares them; the path has the other order, which this library follows",
    operations = { "lookups_v2%.%u%l+LookupPhoneNumberOverrides" },
    difference = "URL: ours https://lookups%.twilio%.com/v2/PhoneNumbers/name1/Overrides/name2, "
      .. "theirs https://lookups%.twilio%.com/v2/PhoneNumbers/name2/Overrides/name1",
  },
  {
    reason = "SCIM has a media type of its own (RFC 7644); the document permits both, and npm sends the general one",
    operations = { "iam_organizations%.%u%l+OrganizationUser" },
    difference = "header content%-type: ours application/scim%+json, theirs application/json",
  },
  {
    reason = "npm puts the query parameter of a request with a JSON body into the body",
    operations = { "insights_v3%.CreateQueryResults" }, difference = "%l+ pageSize: ours %w+, theirs %w+",
  },
  {
    reason = "npm puts the query parameter of a request with a JSON body into the body",
    operations = { "knowledge_v2%.UpdateKnowledge" }, difference = "%l+ refresh: ours %w+, theirs %w+",
  },
  {
    reason = "the document has account_sid as a query parameter, and npm puts it into the form",
    operations = { "oauth_v2%.CreateOauth2Token" }, difference = "%l+ account_sid: ours .+, theirs .+",
  },
  {
    reason = "libcurl negotiates the compression of responses; no program needs to set this header",
    operations = { "memory_v1%.ListObservationRevisions", "memory_v1%.ListProfileConversationSummaries", "memory_v1%.ListProfileObservations" },
    difference = "theirs has the parameter acceptEncoding",
  },
  {
    reason = "npm has these parameters in every method page; the documents do not have them for this list",
    operations = {
      "iam_organizations%.ListOrganizationAccounts", "iam_organizations%.ListOrganizationUsers", "iam_organizations%.ListRoleAssignments",
      "knowledge_v1%.ListKnowledgeChunks", "messaging_v1%.ListBrandVetting", "numbers_v1%.ListPortInRequests",
    },
    difference = "theirs has the parameter pageNumber",
  },
  {
    reason = "npm has these parameters in every method page; the documents do not have them for this list",
    operations = {
      "iam_organizations%.ListOrganizationUsers", "messaging_v1%.ListBrandVetting", "numbers_v1%.ListPortInRequests",
      "numbers_v2%.ListShortCodeApplications",
    },
    difference = "theirs has the parameter pageToken",
  },
  {
    reason = "npm has a JSON body for these requests; the documents have none, so this library accepts no parameters",
    operations = { "numbers_v1%.CreateSmsVerification", "numbers_v1%.CreateSmsVerificationCheck", "numbers_v1%.CreateVoiceVerification" },
    difference = "body: ours none, theirs {}",
  },
}
