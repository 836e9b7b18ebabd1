-- What `make coverage` does not reach, and why not.
--
-- `rules` are for places that occur in many files. A pattern is matched with "FUNCTION: LINE" in C, and with the
-- first line that did not run in Lua. LINE has no indentation. `texts` has the other places by file: a part of that
-- text, and the reason. "\n" is the end of the line. A reason begins with "Untested:" if only a
-- spec is missing, and with "Timing:" if some runs reach the place.
local NO_MEMORY = "Memory is lacking. make torture tries each allocation, but not all of them with this build."
local TABLE = "No operation of the API table that the specs use takes this branch."
local NGINX = "nginx only, whose Lua is LuaJIT. make coverage runs Lua 5.4."
local INTERRUPT =
  "An interrupt must raise within a worker. spec/twilio/map_spec.lua tries it with a hook, which replaces the hook that counts."
local LIBCURL = "libcurl returns an error only without memory, or for an option that it does not know. startup_check asks for its version."

local rules = {
  { pattern = "luaL_addchar%(", why = "The macro of Lua's header asks whether its buffer is full." },
  { pattern = "EASY_SET%(", why = LIBCURL },
  { pattern = "EASY_TRY%(", why = LIBCURL },
  { pattern = "curl_%l+_setopt%(", why = LIBCURL },
  { pattern = "curl_easy_getinfo%(", why = "libcurl returns an error only for a question that it does not know." },
  { pattern = "EINTR", why = "A signal must arrive during the call of the system." },
  { pattern = "out of memory", why = NO_MEMORY },
  { pattern = "no memory", why = NO_MEMORY },
  { pattern = "OUT_OF_MEMORY", why = NO_MEMORY },
  { pattern = "%f[%a]failed%f[%A]", why = NO_MEMORY },
  { pattern = "buffer_cstr%(", why = NO_MEMORY },
  { pattern = "[mc]alloc%(", why = NO_MEMORY },
  { pattern = "EVP_%w+%(", why = "libcrypto fails only without memory, or without an algorithm that every build has." },
  { pattern = "RAND_bytes%(", why = "The random numbers of libcrypto do not fail on a system that has started." },
  { pattern = "_gc: if %(", why = "Only debug.getmetatable gives a program the finalizer, which it could call with another value." },
  { pattern = "^[end})]+$", why = "The end of a function that has raised before, or of a constructor, for which Lua 5.4 may report no line." },
  { pattern = "pthread_", why = "The functions of POSIX fail only for arguments that the library does not pass." },
}

local texts = {
  ["lua/twilio.lua"] = {
    ["local text = tostring(core)"] = "spec/system/build_spec.lua tests it with a core that was built for another Lua.",
  },
  ["lua/twilio/hosts.lua"] = {
    [ [[local nginx = require "twilio.hosts.nginx"]] ] = NGINX,
  },
  ["lua/twilio/hosts/cqueues.lua"] = {
    ["loop.sleep(POLL_INTERVAL)"] = "No descriptor is left for the engine's timer, or the system has no epoll.",
  },
  ["lua/twilio/journal.lua"] = {
    ["self.file:close() -- a part of the line may be in the"] =
      "The disk must be full. make torture fills it, in processes whose lines are not counted.",
  },
  ["lua/twilio/map/outcome.lua"] = {
    [ [[return cancelled("interrupted", "maybe")]] ] = INTERRUPT,
  },
  ["lua/twilio/map/pool.lua"] = {
    [ [[ok, first = false, "attempt to yield from outside a]] ] = "busted runs specs in a coroutine, in which the pool can yield.",
    ["self:bury(worker)"] = INTERRUPT,
    ["self:interrupt()"] = INTERRUPT,
    ["self:remove(worker)"] = INTERRUPT,
  },
  ["lua/twilio/send.lua"] = {
    ["request:refuse(problem)"] = NGINX,
    ["return\n"] = "Another coroutine must refuse the request during the pause before a retry.",
  },
  ["lua/twilio/testing/masking.lua"] = {
    ["return mask_object(self, value, of)"] = "Untested: a parameter that is an object, in a recording of tests.",
  },
  ["lua/twilio/testing/recording.lua"] = {
    ["self.problem = self.problem or line"] = "Untested: a recording that cannot be masked.",
  },
  ["lua/twilio/wait_for.lua"] = {
    ["request:refuse(problem)"] = NGINX,
  },
  ["lua/twilio/webhook/nginx.lua"] = {
    ["for name, value in pairs(headers) do ngx.header[name] ="] = NGINX,
    ["local count = 0"] = NGINX,
    [ [[local file, problem = io.open(path, "rb")]] ] = NGINX,
    ["local kept = ngx.ctx[KEPT]"] = NGINX,
    ["local part = PARTS[name]"] = NGINX,
    ["local public = options.public_url"] = NGINX,
    ["ngx.req.read_body()"] = NGINX,
    [ [[self[name] = "http_" .. name:gsub("-", "_")]] ] = NGINX,
  },
  ["src/api/lookup.c"] = {
    ["find_inequality: return position >= 0 &&"] = TABLE,
    ["lookup_ancestry: for (; node && n < LOOKUP_DEPTH; node"] =
      "No path of the API table is as deep as LOOKUP_DEPTH. tools/generate.lua checks it.",
    ["lookup_fetch_op: if (most > LOOKUP_DEPTH) most ="] = "No path of the API table is as deep as LOOKUP_DEPTH. tools/generate.lua checks it.",
    ["lookup_has_field: if (length >= sizeof text ||"] = "No name of a field that the callers ask for is so long.",
    ["lookup_has_op: return op >= api_nodes[node].first_op &&"] = "The callers pass operations of the node or of a later one.",
    ["lookup_instance_op: if (!found || op->n_path >"] = TABLE,
    ["lookup_op_node: for (uint16_t i = 1;"] = "Every operation of the table belongs to a node, so that the loop finds it.",
    ["lookup_path_start: for (int row = path + 1; row &&"] =
      "No path of the API table is as deep as LOOKUP_DEPTH. tools/generate.lua checks it.",
    ["lookup_verb_takes_params: return"] = TABLE,
  },
  ["src/call/access_token.c"] = {
    ["access_token_identify: if (!credentials->client_id)"] = "Only clients of OAuth request an access token, and they have a client_id.",
    ["access_token_take: if (n == 1 && !r->response.holds)"] =
      "A finalizer must read the response of the token request, which no program holds.",
    ["take_bearer: if (client_is_closed(r->client)) return"] = "A program must close the client in a finalizer while it decodes the token.",
  },
  ["src/call/attempt.c"] = {
    ["attempt_begin: if (r->response.holds) luaL_error(L,"] =
      "A finalizer must use the request in the middle of reading its response. spec/system/lifetime_spec.lua tries it for records.",
    ["attempt_begin: if (request_is_inherited(r)) {"] = "The program must fork between two functions of one call.",
  },
  ["src/call/request_methods.c"] = {
    ["exchange: if (r->transfer.state != TRANSFER_DONE)"] = "lua/twilio/ calls the method only for a request that is done.",
    ["export: if (!r) return 0;"] = "lua/twilio/ passes a request to each of these methods.",
  },
  ["src/call/retry.c"] = {
    ["retry_linger: if (r->asked.settings.grace <= 0 ||"] = "Untested: grace after a call that has sent nothing.",
  },
  ["src/client/base_url.c"] = {
    ["base_url_is_loopback: return known && (*port == '/' ||"] = "authority_fault has refused such a host before.",
  },
  ["src/client/client.c"] = {
    ["push_lua_version: if (lua_istable(L, -1))"] = "LuaJIT only. make coverage runs Lua 5.4.",
    ["push_lua_version: return luaL_gsub(L, jit ? jit :"] = "LuaJIT only. make coverage runs Lua 5.4.",
  },
  ["src/client/client_validation.c"] = {
    ["can_sign: int ok = signature &&"] = NO_MEMORY,
    ["client_validation_read: if (!credentials->api_key ||"] = "credentials.c refuses an API key without an account SID before.",
    ["parse_key: BIO *text = length <= INT_MAX ?"] = "The text must be larger than 2 GiB.",
    ["parse_key: if (!text) return NULL;"] = "libcrypto fails only without memory, or for a key that read_key refuses before.",
  },
  ["src/client/credentials.c"] = {
    ["credentials_needs_token: return credentials->kind =="] = "Only requests of clients with OAuth take an access token.",
  },
  ["src/client/engine_of_state.c"] = {
    ["engine_of_state_cancel: if (engine && *engine)"] = "A client must be closed after the engine's finalizer, while the Lua state closes.",
    [ [[engine_of_state_check: if (!*engine) misuse(L, "the]] ] =
      "A finalizer must use the engine after the engine's own finalizer, while the Lua state closes.",
    ["engine_of_state_push: if (failure) luaL_error(L,"] = "libcurl must be too old, lack TLS, or fail to start.",
  },
  ["src/client/options.c"] = {
    ["is_secret_option: return option && option->type =="] = "All callers pass an option of the table, a table, or a region.",
    ["options_push_shown: is_secret || length > SHOWN ?"] = "The caller refuses secrets without showing them.",
    ["push_option: if (!table) return 0;"] = "All callers pass an option of the table, a table, or a region.",
    ["read_option: switch (option->type) {"] = "All callers pass an option of the table, a table, or a region.",
  },
  ["src/client/origin.c"] = {
    ["lacks_edge: return region && *region && strcmp(region,"] = "All callers pass an option of the table, a table, or a region.",
    ["on_product: if (!take_label(product, strlen(product),"] = "Names of products come from the API table or were checked as options.",
  },
  ["src/client/redirect_target.c"] = {
    ["add_absolute: if (length > 1 && location[0] == '/' &&"] = "A path on the same host is followed by redirect_target_add.",
    ["add_relative: else if (!*reference || *reference == '#')"] = "An empty Location is not followed.",
    ["add_relative: if (!kept && *reference != '/')"] = "The URL of a request always has a path.",
    ["redirect_target_add: if (!authority_read(from,"] = "The URL of the request itself always has an authority.",
    ["redirect_target_add_elsewhere: else if"] = "redirect_target_add has refused such a Location before.",
    ["redirect_target_add_elsewhere: if (!url)"] = NO_MEMORY,
  },
  ["src/request/operation.c"] = {
    [ [[add_key: if (!uuid_new(key)) luaL_error(L, "the system]] ] = "The random numbers of libcrypto do not fail on a system that has started.",
    ["fan_sid: if (lua_isnil(L, -1)) return lua_pop(L, 1), 0;"] = TABLE,
    ["find_kind: if (n > most) most = n;"] = TABLE,
    [ [[find_verb: if (need < 0) misuse(L, "%s:%s applies to]] ] = TABLE,
    ["is_below_sid: return resource->n_sids > 0 &&"] = TABLE,
    ["next_word: if (equals && equals < words + length) {"] = TABLE,
    ["placeholder_name: if (!lookup_placeholder(path, number,"] =
      "The paths of the API table have as many placeholders as its operations have SIDs.",
    ["placeholder_name: if (segment.length >= 3 &&"] = "The paths of the API table have as many placeholders as its operations have SIDs.",
    [ [[position_of: if (position < 0) luaL_error(L, "the verb]] ] =
      "An error of the API table or of lua/twilio/. The check keeps it from reading wrong memory.",
    ["push_list_option: if (lua_isnil(L, -1) &&"] = TABLE,
    ["set_headers: enum api_content content = has_body &&"] = TABLE,
  },
  ["src/request/parameters.c"] = {
    ["is_nothing: if (class != API_ARRAY && class !="] = TABLE,
    ["is_nothing: if (json && API_LOCATION(param->traits) =="] = TABLE,
    ["takes_other_params: return op->open && (op->content =="] = TABLE,
  },
  ["src/request/path_mask.c"] = {
    ["path_mask_is_personal: if (!lookup_path_next(&p, &s))"] =
      "An error of the API table or of lua/twilio/. The check keeps it from reading wrong memory.",
    ["path_mask_is_personal: return !before.is_placeholder &&"] = TABLE,
  },
  ["src/request/request.c"] = {
    ["drop_header: if (strncasecmp(header->data, name,"] =
      "Untested: a program that replaces a header whose name begins with that of another one.",
    [ [[request_push_link: if (!op) luaL_error(L, "a raw]] ] =
      "An error of the API table or of lua/twilio/. The check keeps it from reading wrong memory.",
    ["request_push_link: request_set_headers(r, (enum"] = TABLE,
    [ [[request_take_bearer: if (!newest) luaL_error(L, "the]] ] =
      "An error of the API table or of lua/twilio/. The check keeps it from reading wrong memory.",
    ["set_link: if (origin_has_dots(link) &&"] = "Untested: a list whose own SID is '..'.",
  },
  ["src/request/request_signature.c"] = {
    ["add_claims: if (n < 0 || (size_t)n >= sizeof claims)"] = "The claims have room for the longest SIDs.",
    ["request_signature_renew: if (!validation->key)"] =
      "An error of the API table or of lua/twilio/. The check keeps it from reading wrong memory.",
  },
  ["src/request/resource.c"] = {
    ["resource_call: if (n > most || n > API_MAX_ARITY)"] = TABLE,
    ["resource_push: if (n + n_more > RESOURCE_SIDS)"] = TABLE,
    ["resource_push_name: while (n--) {"] = "The loop ends with the break.",
    ["resource_push_record_verb: return"] = TABLE,
    ["resource_sid_count: return n >= 0 && n < (int)(sizeof"] = TABLE,
  },
  ["src/request/upload_body.c"] = {
    ["copy_base_name: const char *slash = strrchr(path, '/'),"] = "Untested: a part of an upload with a relative path without a slash.",
  },
  ["src/request/value.c"] = {
    ["push_twiml: if (target->length != 5 ||"] = TABLE,
    ["put_prefixed: if (target->length > n &&"] = TABLE,
    ["value_add_nulls: if (!is_null) continue;"] = "Assigning a key removes its mark. Only rawset leaves both.",
    ["value_to_json: if (target->class == API_JSON_VALUE ||"] = TABLE,
  },
  ["src/response/body.c"] = {
    ["body_error_code: if (!field || field->type !="] = "Untested: a code of an error that is a text, where a number is needed.",
    ["body_seek: if (n < r->response.cursor_number)"] = "lua/twilio/ reads the records of a page in their order.",
  },
  ["src/response/columns.c"] = {
    ["columns_check: if (strcmp(name, COLUMN_OF_STRINGS) =="] =
      "Untested: columns of lists of texts, and wrong arguments. The specs of the command line are not part of make coverage.",
    [ [[columns_text: if (!record_test(L, 1)) misuse(L, "a]] ] =
      "Untested: columns of lists of texts, and wrong arguments. The specs of the command line are not part of make coverage.",
    ["has_strings: return op >= 0 && api_ops[op].strings;"] =
      "Untested: columns of lists of texts, and wrong arguments. The specs of the command line are not part of make coverage.",
  },
  ["src/response/download_result.c"] = {
    ["check_download: if (!r->transfer.sink) luaL_error(L,"] =
      "An error of the API table or of lua/twilio/. The check keeps it from reading wrong memory.",
    ["download_check: if (r->asked.refusal || t->code !="] = "Untested: a download whose transfer fails after a refusal.",
    ["download_finish: if (!r->transfer.sink) return 0;"] =
      "An error of the API table or of lua/twilio/. The check keeps it from reading wrong memory.",
    ["download_take_response: if (t->code != CURLE_OK)"] = "Untested: a failure of a sink without a reason of its own.",
  },
  ["src/response/failure.c"] = {
    ["failure_set_log: if (!field || (field->type !="] = "Untested: an error code that is neither number nor text, in a log.",
    ["limit_of: if (t->timeout_ms <= 0 || t->seconds * 1000 <"] = "Untested: a timeout of the connection in a call without a time limit.",
    ["push_transport_failure: else if (t->code =="] = "Untested: a download that fails by its limit or its redirect, in another order.",
    ["push_transport_failure: if (t->code =="] = "Untested: a download that fails by its limit or its redirect, in another order.",
    ["to_line: for (length = sizeof line; length > 0 &&"] = "The loop ends at the first byte of a character, which is not at the text's start.",
  },
  ["src/response/hint.c"] = {
    ["form_value: for (const char *pair = form; pair; pair ="] = "Untested: a form without the parameter that the error names.",
    ["form_value: if (strncmp(pair, name, n) != 0 || pair[n]"] = "Untested: a form without the parameter that the error names.",
    ["hint_push: const char *path = r->asked.path.data ?"] = "Only a request whose path could not be allocated has no path.",
    ["lacks_tls: if (r->transfer.code !="] = "The host must be Twilio's, or behind a proxy, and must not speak TLS.",
  },
  ["src/response/mask.c"] = {
    ["mask_find_parameter: *harmless = (all & API_HARMLESS)"] = TABLE,
    ["replace_mentions: if (*lua_tostring(L, -2)) { /*"] = "Untested: a mention of an empty text.",
  },
  ["src/response/own_secrets.c"] = {
    ["add_pattern: if (length < SHORTEST || patterns->n =="] = "A client has fewer secrets than the list has room.",
    ["add_proxy_secret: if (at && colon && colon < at)"] = "Untested: the URL of a proxy with a user and without a password.",
    ["collect_patterns: if (r->asked.bearer &&"] = "A renewed token must be the client's while an old request is read.",
  },
  ["src/response/page.c"] = {
    ["push_number_link: if (lua_type(L, -1) == LUA_TNUMBER)"] = "A number outside of tables is never a twilio.integer.",
    ["push_paging: if (r->response.index.count) add_paging(L,"] = "A page has a body.",
    ["token_parameter: for (size_t i = 0; i < sizeof"] = TABLE,
  },
  ["src/response/pending.c"] = {
    ["pending_push: if (r->transfer.status != ACCEPTED ||"] = "Only operations ask for a pending record.",
    ["pending_push_resource: for (int takes = depth ?"] = TABLE,
    ["pending_push_resource: int op = own < 0 ? -1 :"] = TABLE,
  },
  ["src/response/record_media.c"] = {
    [ [[record_media: if (!record_test(L, 1)) misuse(L, "a]] ] = "lua/twilio/record.lua calls it with a record.",
    ["to_media_uri: if (tail > 5 && strcmp(own + tail - 5,"] = "The text begins with /Recordings/, which is longer.",
  },
  ["src/response/record_methods.c"] = {
    ["next_field: if (shared->fields == r->fields)"] = "The record must be renewed in the middle of a loop over its fields.",
    ["record_tostring: else if (n > 1 && kind[n - 1] == 's'"] = TABLE,
    ["record_tostring: else if (n > 4 && (memcmp(kind + n -"] = TABLE,
    ["record_tostring: if (i == 0 && kind[i] >= 'a' &&"] = TABLE,
    ["record_tostring: if (n > 3 && memcmp(kind + n - 3,"] = TABLE,
    ["record_tostring: if (n > 61) n = 61;"] = TABLE,
  },
  ["src/response/record_sid.c"] = {
    ["record_push_identity: if (!found && n >= 0 &&"] = TABLE,
    ["record_push_list_of_account: if (!lookup_child(account,"] = TABLE,
    ["record_push_list_of_account: if (strcmp(lookup_node_name"] = TABLE,
    ["record_push_resource: if (!op ||"] = "An error of the API table or of lua/twilio/. The check keeps it from reading wrong memory.",
    ["record_push_resource: if (n < 0) n = 0;"] = "An error of the API table or of lua/twilio/. The check keeps it from reading wrong memory.",
    ["record_take_sid: if (lookup_last_segment(op->path,"] = TABLE,
    ["record_take_sid: int is_usable = is_redirected ? length"] = TABLE,
  },
  ["src/response/result.c"] = {
    ["advance_collector: if (bytes > INT_MAX) bytes = INT_MAX;"] = "The text must be larger than 2 GiB.",
    ["check_response: if (!r->asked.refusal &&"] = "lua/twilio/ calls the method only for a request that is done.",
    ["check_response: if (r->asked.refusal ||"] = "The final status of a response is 200 or more.",
    ["is_other: return sid_is(value, length, accepted) &&"] = TABLE,
    ["needs_body: return op && (op->kind == API_LIST ||"] = TABLE,
    ["push_contradiction: for (int i = 0; !wrong &&"] = TABLE,
    ["repeated_field: if (found || length >= sizeof name)"] = TABLE,
    ["result_answer: if (r->response.holds) luaL_error(L,"] =
      "A finalizer must use the request in the middle of reading its response. spec/system/lifetime_spec.lua tries it for records.",
    ["result_push_answer: const char *reason = t->reason[0] ?"] = "Untested: a raw response without a reason or a body.",
    ["result_push_answer: lua_pushlstring(L, t->answer.length"] = "Untested: a raw response without a reason or a body.",
    ["result_record: if (n < 1 || n >"] = "lua/twilio/ counts from 1.",
  },
  ["src/support/atomic_file.c"] = {
    ["atomic_file_synchronize: return status && errno !="] = "The disk must fail in fsync. make torture fills the disk, but not at that moment.",
    ["create_temporary: for (int i = 0; code == EEXIST && i <"] = "A file of the same process, address and nanosecond must exist 100 times.",
    ["file_commit: if (!code) code = rename(file->temporary,"] =
      "A quota must be full at the end. No file system of the specs reports it in close.",
    ["file_commit: if (code) return push_failure(L, file,"] =
      "The disk must fail in fsync. make torture fills the disk, but not at that moment.",
    ["imitate_mode: if (fchown(file->fd, old->st_uid,"] = "Another user must own the file; root, who runs the specs here, may change it.",
    ["imitate_mode: return fchmod(file->fd, mode) ? errno : 0;"] =
      "Another user must own the file; root, who runs the specs here, may change it.",
    ["prepare_temporary: if (exists && access(file->path,"] =
      "Root, who runs the specs here, may write every file. The spec tries it as another user, whose counts are not written.",
    ["synchronize_directory: if (fd < 0) return; /* a"] = "Another user must own the directory; root, who runs the specs here, may read it.",
  },
  ["src/support/buffer.c"] = {
    ["buffer_reserve: doubled = buffer->capacity <= SIZE_MAX"] = "The text must be larger than 2 GiB.",
  },
  ["src/support/chunk_cache.c"] = {
    ["chunk_cache_add: while (!__atomic_compare_exchange_n(&ch"] = "Two threads must add a chunk within a few instructions.",
    ["chunk_cache_keep: if (!chunk) return 0;"] = NO_MEMORY,
    ["chunk_cache_keep: if (!lua_getstack(L, 1, &caller) ||"] =
      "The program must remove `package`, or call the function from elsewhere than a module.",
    ["chunk_cache_load: if (!chunk) return luaL_error(L,"] = "package.preload has this loader only for chunks that are in the cache.",
    ["chunk_cache_load: if (luaL_loadbuffer(L,"] = "The cache holds only what Lua itself has dumped.",
    ["chunk_cache_offer: for (const struct chunk *chunk ="] =
      "The program must remove `package`, or call the function from elsewhere than a module.",
  },
  ["src/support/misuse.c"] = {
    ["misuse_own: if (length > 4 && strcmp(ar.source + length"] = "The module is loaded from a file, whose name ends with .lua.",
    [ [[push_masked: if (!text) text = "(null)";]] ] = "An error of a caller's format. The check keeps it from crashing.",
    ["push_masked: } else if (p[1] == 'd') {"] = "An error of a caller's format. The check keeps it from crashing.",
    ["suggestion_offer: if (length == 0 || length >= sizeof"] = "No candidate is empty.",
    ["suggestion_offer_keys: if (lua_type(L, -1) =="] = "lua/twilio/ passes tables whose keys are texts.",
  },
  ["src/support/open_file.c"] = {
    ["open_file_sync: if (file && fflush(file) != 0 && errno"] = "Untested: a file that fails while it is flushed.",
    ["open_file_terminal: if (ioctl(fd, TIOCGWINSZ, &size) !="] = "The terminal must answer isatty, but not its size.",
  },
  ["src/support/redact.c"] = {
    ["grouped_length: if (group == 0 && at + 1 < length &&"] = "Untested: texts that resemble a phone number or a date.",
    ["grouped_length: return at < length &&"] = "Untested: texts that resemble a phone number or a date.",
    ["grouped_length: size_t at = length > 0 && *text == '(';"] = "Untested: texts that resemble a phone number or a date.",
    ["is_date_text: return length == 10 && text[4] == '-' &&"] = "Untested: texts that resemble a phone number or a date.",
  },
  ["src/support/userdata.c"] = {
    ["userdata_self: if (lua_type(L, 1) != LUA_TUSERDATA ||"] = "A light userdata has no metatable.",
  },
  ["src/text/dates.c"] = {
    ["parse_iso: if (!eat_number(reader, 4, 4, &year) ||"] = "dates_parse reads a text as ISO only if it has four digits and a hyphen.",
  },
  ["src/text/digest.c"] = {
    ["digest_is_signed: if (!size) return 0;"] = "libcrypto fails only without memory, or without an algorithm that every build has.",
    ["digest_sha256: if (!signed_text_sha256(text, length,"] =
      "libcrypto fails only without memory, or without an algorithm that every build has.",
    ["fetch_digest: if (!found ||"] = "Two threads must fetch the digest within a few instructions.",
    ["push_base64: if (length > MAX_BYTES) return"] = "The text must be larger than 2 GiB.",
    ["push_hmac: luaL_argcheck(L, count <= MAX_PARTS,"] = "Branches of the macro luaL_argcheck.",
    ["write_hmac: int ok = md && hmac.context &&"] = "libcrypto fails only without memory, or without an algorithm that every build has.",
  },
  ["src/text/header_lines.c"] = {
    ["header_lines_next: *length = newline ? (size_t)(newline"] = "Header lines of libcurl and of the transport end with a line feed.",
    [ [[is_blank: return c == ' ' || c == '\t' || c == '\r' ||]] ] = "Untested: other blanks around a header value.",
  },
  ["src/text/integer.c"] = {
    [ [[integer_tostring: if (!digits) return luaL_error(L, "a]] ] =
      "Only debug.getmetatable gives a program the metamethod, which it could call with another value.",
  },
  ["src/text/json.c"] = {
    ["index_grow: if (capacity == index->capacity || size /"] = "The text must be larger than 2 GiB.",
    ["index_grow: uint32_t capacity = index->capacity < 64 ?"] = "The text must be larger than 2 GiB.",
    ["json_check: if (length != (uint32_t)length) {"] = "The text must be larger than 2 GiB.",
  },
  ["src/text/json_mark.c"] = {
    ["assign: if (!lua_isnil(L, 2) && json_mark_push_nulls(L,"] =
      "Only debug.getmetatable gives a program the metamethod, which it could call with another value.",
    [ [[assign: if (!lua_istable(L, 1)) return luaL_error(L, "a]] ] =
      "Only debug.getmetatable gives a program the metamethod, which it could call with another value.",
  },
  ["src/text/mulaw.c"] = {
    ["mulaw_decode: if (length > (size_t)-1 / 4) return"] = "The text must be larger than 2 GiB.",
  },
  ["src/text/signed_text.c"] = {
    ["add_query_text: int is_tilde = end - p > 2 && p[0] =="] = "Untested: paths and hosts of an unusual form in a signed request.",
    ["hex_value: return lower >= 'a' && lower <= 'f' ? lower"] = "Untested: paths and hosts of an unusual form in a signed request.",
    ["signed_text_canonical: const char *scheme ="] = "Untested: paths and hosts of an unusual form in a signed request.",
    ["signed_text_canonical: if (signed_request->body &&"] = "Untested: paths and hosts of an unusual form in a signed request.",
  },
  ["src/text/wire_text.c"] = {
    ["snake_char: return c == '.' || c == '-' || c == ' ' ?"] = "No name of today's table has a blank.",
  },
  ["src/transport/connections.c"] = {
    ["connection_multi_new: if (!multi) return NULL;"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["connection_set_new: if (!set) return NULL;"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["connection_set_new: if (set->multi &&"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["connection_set_new: int why = set->multi ? errno : 0;"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["connections_release: if (set->must_close ||"] = "libcurl must fail within the poller while its last transfer ends.",
    ["connections_renew_multi: curl_multi_cleanup(is_adopted"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["connections_renew_multi: if (!fresh) return 0;"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["connections_renew_multi: if (!is_adopted) return 0;"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
  },
  ["src/transport/descriptors.c"] = {
    ["descriptors_are_exhausted: if (fd < 0) return"] = "The limit must be reached between two system calls.",
    ["descriptors_error_is_exhausted: return error == EMFILE"] = "ENFILE means that the whole system has no descriptor left.",
  },
  ["src/transport/easy_callbacks.c"] = {
    ["easy_check_connection: if (h->hides_input ||"] =
      "Only with a libcurl whose abilities or faults differ, see startup_facts. make backports and make gnutls run others.",
    ["easy_check_connection: if (t->head.length > 5 &&"] =
      "Only with a libcurl whose abilities or faults differ, see startup_facts. make backports and make gnutls run others.",
    ["easy_expect_body: if (length > 0 &&"] = "Timing: a Content-Length above max_response usually ends the transfer before.",
    ["easy_is_busy: if (!session ||"] =
      "Only with a libcurl whose abilities or faults differ, see startup_facts. make backports and make gnutls run others.",
    ["easy_is_busy: if (easy_is_same_connection(t,"] =
      "Only with a libcurl whose abilities or faults differ, see startup_facts. make backports and make gnutls run others.",
    ["easy_sink_body: if (!h->has_prereq)"] =
      "Only with a libcurl whose abilities or faults differ, see startup_facts. make backports and make gnutls run others.",
  },
  ["src/transport/easy_handle.c"] = {
    ["easy_prepare_again: return !code && http1 &&"] = "Untested: a restart with HTTP/1 whose options libcurl refuses.",
  },
  ["src/transport/easy_options.c"] = {
    ["easy_is_https_proxy: return proxy && strncasecmp(proxy,"] = "Untested: a proxy of the environment whose scheme is https.",
    ["easy_needs_http1: return startup_facts()->reuses_busy_co"] =
      "Only with a libcurl whose abilities or faults differ, see startup_facts. make backports and make gnutls run others.",
    ["easy_set_http1: if (!code) h->is_http1 = 1;"] = LIBCURL,
    ["easy_set_route: } else if (!code && facts->ca_bundle) {"] =
      "libcurl was built with a directory and a bundle of CA certificates, as Debian's is.",
    ["easy_set_route: } else if (!code && facts->ca_directory)"] = "Timing: descriptors or memory must be lacking at that option.",
    ["easy_set_sink: return !code && t->sink->fd < 0 ?"] = LIBCURL,
    ["easy_set_transfer: if (largest < 0) largest = 0; /* too"] = "max_response must exceed curl_off_t.",
  },
  ["src/transport/easy_result.c"] = {
    ["easy_explain: const char *path = t->route->ca_file ?"] = "libcurl was built with the path of a bundle.",
    ["easy_explain: const char *value = getenv(h->bad_proxy),"] = "The environment must change during the call.",
    ["easy_explain: if (quotes_proxy || strstr(why,"] = "libcurl's text must quote a proxy or a file in a form that this version does not use.",
    [ [[easy_explain: snprintf(t->reason, sizeof t->reason, "the e]] ] = "The environment must change during the call.",
    [ [[easy_explain: snprintf(t->reason, sizeof t->reason, "the f]] ] = "libcurl was built with the path of a bundle.",
    ["easy_lacks_descriptors: case CURLE_SSL_CACERT_BADFILE:"] = "The last descriptor must be taken or freed between two system calls.",
    ["easy_quotes_proxy: return code =="] = "libcurl's text must quote a proxy or a file in a form that this version does not use.",
    ["easy_report: if ((int)code == EASY_TOO_LARGE) code ="] = "Untested: a limit that is exceeded while libcurl reports another failure.",
  },
  ["src/transport/engine.c"] = {
    ["engine_alert: if (!engine_open(engine)) return;"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["engine_cache_handle: if (code != CURLM_OK ||"] = "Timing: libcurl must lack memory at that call.",
    ["engine_cache_handle: if (code != CURLM_OK)"] = "libcurl refuses to remove a handle only during a callback.",
    ["engine_collect: if (message->msg != CURLMSG_DONE)"] = "libcurl has only this message.",
    ["engine_expire: if (!engine || t->state !="] = "The transfer must end between two functions of a download.",
    ["engine_expire: if (t->state != TRANSFER_FLYING) return;"] = "The transfer must end between two functions of a download.",
    ["engine_mark_unverified: if (t == ended || t->port != end"] = "Timing: which transfers share a port when one of them ends.",
    ["engine_may_add: return !engine->connections->is_broken"] = "libcurl must break while no transfer is in flight, and then lack memory.",
    ["engine_may_have_left: if (t->engine)"] = "Untested: grace after a call that was never submitted.",
    ["engine_may_have_left: return t->state =="] = "Untested: grace after a call that was never submitted.",
    ["engine_new: if (engine) engine->generation"] = "Timing: memory must be lacking for the engine of a state.",
    ["engine_new: if (startup_init()) return NULL;"] =
      "libcurl must be too old, or fail to start. spec/transport/startup_spec.lua tests the messages without this function.",
    ["engine_poll: if (!engine_open(engine)) return 0;"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["engine_pollfd: if (!engine_open(engine)) return -1;"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["engine_restart: if (!code) code = easy_prepare_again(h,"] = LIBCURL,
    ["engine_restart: if (code) {"] = LIBCURL,
    ["engine_resume: engine_finish(engine, t, code ? code :"] = "libcurl must fail within curl_easy_pause, which depends on timing.",
    ["engine_resume: if (code == CURLE_ABORTED_BY_CALLBACK)"] = "Timing: descriptors must be lacking when a paused transfer goes on.",
    ["engine_resume: if (code || t->handle->failure) { /*"] = "libcurl must fail within curl_easy_pause, which depends on timing.",
    ["engine_resume: if (t->state != TRANSFER_FLYING) return;"] = "A finalizer must end the transfer between two functions of a download.",
    ["engine_submit: if (++engine->last_id == 0)"] = "The engine must have submitted 4,294,967,295 transfers.",
    ["engine_submit: if (engine_may_add(engine)) h ="] = "libcurl must break while no transfer is in flight, and then lack memory.",
    ["engine_submit: int is_exhausted = !engine->connections"] = "Memory must be lacking in the instant in which descriptors are.",
  },
  ["src/transport/poller.c"] = {
    ["poller_note: if (code > CURLM_OK && code !="] = "libcurl returns CURLM_BAD_SOCKET only for a socket that it has closed itself.",
    ["poller_create_socket: if (*s) return fd;"] = NO_MEMORY,
    ["poller_create_socket: if (descriptors_error_is_exhausted(errno))"] = "ENFILE, or a family of addresses that the kernel lacks.",
    ["poller_milliseconds: if (exact > 1e9) return 1000000000;"] = "The program must pass a time of more than eleven days.",
  },
  ["src/transport/poller_epoll.c"] = {
    ["poller_close: if (poller->descriptor >= 0)"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["poller_closesocket: if (s) {"] = "Each socket of libcurl was opened by the library's own callback.",
    ["poller_event: } else if (s->wanted) {"] = "Whether an event comes after libcurl has stopped to wait depends on timing.",
    ["poller_idle_event: if (poller_sockets_is_readable(fd))"] = "Timing: libcurl must have read the bytes that caused the event.",
    ["poller_idle_event: } else if"] = "epoll_ctl fails only without memory in the kernel.",
    ["poller_open: if (poller_adopt(poller, multi)) return 1;"] =
      "Memory or descriptors are lacking. make torture tries each, but not all of them with this build.",
    ["poller_pollfd: if (epoll_ctl(poller->descriptor,"] = "The kernel has no descriptor or memory left for the timer.",
    ["poller_pollfd: if (poller->descriptor < 0 ||"] = "The kernel has no descriptor or memory left for the timer.",
    ["poller_pollfd: if (poller->timer < 0) return -1;"] = "The kernel has no descriptor or memory left for the timer.",
    ["poller_socket_callback: if (!s) {"] = NO_MEMORY,
    ["poller_sweep: while (most >= POLLER_EVENTS &&"] = "Timing: how many sockets are ready at once.",
    ["poller_transfer_ended: if (poller_forbids_reuse(code)"] = "libcurl must want a socket after its transfer has failed.",
    ["poller_transfer_ended: if (version =="] = "Untested: a server that speaks HTTP/1.0.",
    ["poller_watch: if (s->watched != bits &&"] = "epoll_ctl fails only without memory in the kernel.",
  },
  ["src/transport/poller_multi.c"] = {
    ["poller_adopt: int poller_adopt(struct poller *poller,"] = "Untested: the fallback without epoll, renewed while it has no transfer.",
    ["poller_closesocket: if (s) *s = (struct"] = "Each socket of libcurl was opened by the library's own callback.",
    ["poller_timeout: if (poller->multi)"] = "Untested: the fallback without epoll, renewed while it has no transfer.",
  },
  ["src/transport/poller_sockets.c"] = {
    ["poller_sockets_are_usable: if (s->is_broken || (is_silent &&"] = "Timing: a server must send bytes in the instant of a reuse.",
    ["poller_sockets_are_usable: return found || !is_silent;"] = "A server must send bytes in the instant in which a connection is reused.",
    ["poller_sockets_find: if (!list) return NULL;"] = NO_MEMORY,
    ["poller_sockets_local_port: return address.any.sa_family =="] = "Untested: a server with an IPv6 address.",
  },
  ["src/transport/sigpipe.c"] = {
    ["sigpipe_pending: return sigpending(&pending) == 0 &&"] = "sigpending fails only for a wrong address.",
    ["sigpipe_restore: if (sigpipe_pending()) {"] = "Untested: a signal SIGPIPE that is pending.",
  },
  ["src/transport/sink.c"] = {
    ["respond_end: if (!is_end || !is_same_file(sink, head,"] = "Untested: headers of a download in other combinations.",
    ["sink_begin: if (sink->error || sink->offset == 0)"] = "Untested: a download that starts anew, to a file that cannot be cut.",
    ["sink_end: if (sink->skipped || (sink->has_total &&"] = "Untested: headers of a download in other combinations.",
    ["start_anew: if (sink->fd < 0) return 0;"] = "Untested: a download that starts anew, to a file that cannot be cut.",
    ["start_anew: return status ? errno : 0;"] = "Untested: a download that starts anew, to a file that cannot be cut.",
  },
  ["src/transport/startup.c"] = {
    ["startup_check: if (!(v->features & CURL_VERSION_SSL))"] =
      "Decides by the libcurl of the machine. make backports and make gnutls run others.",
    ["startup_check: if (v->ssl_version &&"] = "Decides by the libcurl of the machine. make backports and make gnutls run others.",
    ["startup_check: if (v->version_num < 0x074400) return"] =
      "Decides by the libcurl of the machine. make backports and make gnutls run others.",
    ["startup_find_trust: if (!v->capath ||"] = "Decides by the CA certificates of the machine.",
    ["startup_find_trust: if (startup_holds_hashes(v->capath)"] = "Decides by the CA certificates of the machine.",
    ["startup_find_trust: if (v->age < CURLVERSION_SEVENTH)"] = "Decides by the CA certificates of the machine.",
    ["startup_has_openssl: for (size_t i = 0; v->ssl_version"] =
      "Decides by the libcurl of the machine. make backports and make gnutls run others.",
    ["startup_has_openssl: if (strncmp(v->ssl_version,"] = "Decides by the libcurl of the machine. make backports and make gnutls run others.",
    ["startup_holds_hashes: if (!d) return 0;"] = "Decides by the CA certificates of the machine.",
    ["startup_holds_hashes: while (!found && (entry ="] = "Decides by the CA certificates of the machine.",
    ["startup_is_current: if (!bundle || stat(bundle, &b) !="] = "Decides by the CA certificates of the machine.",
    ["startup_is_current: if (d.st_mtime != b.st_mtime)"] = "Decides by the CA certificates of the machine.",
    ["startup_is_current: if (stat(directory, &d) != 0)"] = "Decides by the CA certificates of the machine.",
    ["startup_is_hashed: return strspn(name,"] = "Decides by the CA certificates of the machine.",
    ["startup_pin: if (dladdr(&startup_found, &self) &&"] = "dladdr finds the library that asks.",
    ["startup_start: if (startup_failure) return;"] =
      "libcurl must be too old, or fail to start. spec/transport/startup_spec.lua tests the messages without this function.",
    ["startup_start: sigpipe_init(v->version_num < 0x075800"] =
      "Decides by the libcurl of the machine. make backports and make gnutls run others.",
    ["startup_start: } else if (curl_global_init(CURL_GLOBAL_D"] =
      "libcurl must be too old, or fail to start. spec/transport/startup_spec.lua tests the messages without this function.",
  },
  ["src/transport/tls.c"] = {
    ["tls_has_pending: return tls_backend =="] = "libcurl uses OpenSSL here. make gnutls runs the other branches.",
    ["tls_init: if (backend == CURLSSLBACKEND_GNUTLS &&"] = "libcurl uses OpenSSL here. make gnutls runs the other branches.",
    ["tls_init: if (backend == CURLSSLBACKEND_OPENSSL &&"] = "libcurl uses OpenSSL here. make gnutls runs the other branches.",
    ["tls_is_http2: if (tls_backend == CURLSSLBACKEND_GNUTLS)"] = "libcurl uses OpenSSL here. make gnutls runs the other branches.",
    [ [[tls_is_http2: return length == 2 && memcmp(name, "h2",]] ] = "libcurl offers h2 and http/1.1 only.",
    ["tls_libraries: void *library = dladdr((void"] = "dladdr finds the library that asks.",
  },
  ["src/transport/upload.c"] = {
    ["open_file: if (file && fstat(fileno(file), &s) == 0 &&"] = "The file must change its kind or fail while it is read.",
    ["open_file: upload->error = !file ? errno :"] = "The file must change its kind or fail while it is read.",
    ["read_part: return n == 0 && ferror(file) ?"] = "The file must change its kind or fail while it is read.",
    ["seek_part: static int seek_part(void *file, curl_off_t"] = "A reused connection must die after the first bytes of an upload were sent.",
    ["set_content: if (code) fclose(file);"] = LIBCURL,
  },
}

return { rules = rules, texts = texts }
