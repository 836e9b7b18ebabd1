-- Tables of faults and their outcomes: the error kind, the status, `err.sent`, and the number of
-- requests that the server saw. The calls use the default number of retries, so the tables also
-- show which requests are sent again.
local cjson = require "cjson"
local core = require "twilio.core"
local libcurl = require "spec.support.libcurl"
local servers = require "spec.support.servers"
local shell = require "spec.support.shell"
local twilio = require "twilio"

local SID = "CA0123456789abcdef0123456789abcdef"
local MAKE = { to = "+15558675310", from = "+15017122661", url = "http://foo.com/call.xml" }
local BODY = "From=%2B15017122661&To=%2B15558675310&Url=http%3A%2F%2Ffoo.com%2Fcall.xml"
local LARGE = 3 * 1024 * 1024 -- more than the buffers of the sockets hold

-- Returns a timeout in seconds for responses that stall. Under valgrind it is longer, because
-- everything before the stall is slower.
local function patience()
  local maps = io.open "/proc/self/maps"
  local text = maps and maps:read "*a" or ""
  if maps then maps:close() end
  return text:find("vgpreload", 1, true) and 8 or 1
end

local OK = "HTTP/1.1 200 OK\r\n"
local RECORD = '{"sid":"' .. SID .. '"}'
local LENGTH = "Content-Length: " .. #RECORD .. "\r\n"
local CHUNKED = OK .. "Transfer-Encoding: chunked\r\n\r\n"
local CHUNK = ("%x\r\n%s\r\n"):format(#RECORD, RECORD)

local function encoded(bytes)
  return (bytes:gsub("[^%w]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- Return the path of a response that consists of these bytes. Afterwards the connection is closed,
-- or kept for the next request.
local function closed(bytes) return "wire/close/" .. encoded(bytes) end
local function kept(bytes) return "wire/keep/" .. encoded(bytes) end

-- Examples of outcomes:
--   ok x1                      a record; the server saw one request
--   empty x1                   a record without fields
--   true x1                    the result of a deletion
--   network 502 yes x4         kind, status if there was one, `sent`, number of requests
--   tls no x0/4                kind, `sent`, requests, and `attempts` if this number differs
--
-- Returns a row: the fault, its path, and the outcomes of a GET, a POST and a DELETE. Without an
-- outcome of DELETE, it is the outcome of GET, with `true` in place of `ok` and `empty`. The last
-- argument has optional fields: `client` (options of the client), `first` (the same request is sent
-- before, over the same connection), `port`, and `large` (a request of 3 MB).
local function row(what, path, get, post, delete, options)
  if type(delete) == "table" then delete, options = nil, delete end
  options = options or {}
  if get and not delete then delete = get:gsub("^ok", "true"):gsub("^empty", "true") end
  return {
    what = what, path = path, options = options.client, first = options.first, port = options.port or "http", large = options.large,
    outcomes = { GET = get, POST = post, DELETE = delete },
  }
end

local FIRST = { first = true }
-- NEVER is the outcome of a POST that is not sent again. LOST and HALF are outcomes of a GET.
local NEVER, LOST, HALF = "network maybe x1", "network maybe x4", "network 200 yes x4"

-- Returns the outcome with libcurl from this version on, or the one with older versions. Versions 7.88.1
-- and 8.14.1 were measured. 8.14.1 stands for a change between them whose version is unknown.
local function since(version, newer, older) return libcurl.since(version) and newer or older end

local connections = {
  row("nothing goes wrong", "ok", "ok x1", "ok x1"),
  row("a kept connection", "ok", "ok x1", "ok x1", FIRST),
  row("no response", "close_before_answer", LOST, NEVER),
  row("a reset", "reset", LOST, NEVER),
  row("a kept connection is closed without notice", "close_idle", "ok x1", "ok x1", FIRST),
  row("a kept connection is shut down", "part_idle", "ok x1", "ok x1", FIRST),
  row("a kept connection is closed after the next request was read", "close_reused", "ok x2", NEVER, FIRST),
  row("a kept connection is reset when the next request arrives", "reset_reused", "ok x2", NEVER, FIRST),
  row("more body than announced", "long_body", "ok x1", "ok x1"),
  row("a second response after the response", "surplus", "ok x1", "ok x1"),
  row("half a body", "truncated_body", HALF, "network 200 yes x1"),
  row("a response in single bytes", "slow", "ok x1", "ok x1"),
  row("a second response in a separate write", "answers_twice", "ok x1", "ok x1", FIRST),
}

-- If surplus bytes are in the same TLS record as the end of a body, libcurl reads them only after
-- it has sent the next request.
local surplus = {
  row("more body than announced", "long_body", "ok x1", "ok x1", FIRST),
  row("a second response after the response", "surplus", "ok x1", "ok x1", FIRST),
}

local statuses = {
  row("502 with an HTML page, as from a proxy", "html_502", "api 502 yes x4", "api 502 yes x1"),
  row("200 with an HTML page, as from a proxy", "html_200", "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("302", "redirect_302", "untrusted 302 yes x1", "untrusted 302 yes x1"),
  row("307 with its target in JSON", "redirect_307_json", "empty x1", "untrusted 307 yes x1", "untrusted 307 yes x1"),
  row("400 in the format of RFC 9457", "problem", "api 400 yes x1", "api 400 yes x1"),
  row("400 in the format of newer products", "error_camel", "api 400 yes x1", "api 400 yes x1"),
  row("204", "say/204", "empty x1", "empty x1"),
  row("204 with a body", kept("HTTP/1.1 204 No\r\n" .. LENGTH .. "\r\n" .. RECORD), "empty x1", "empty x1"),
  row("206", kept("HTTP/1.1 206 Part\r\nContent-Range: bytes 5-6/7\r\n" .. LENGTH .. "\r\n" .. RECORD), "ok x1", "ok x1"),
  row("304", "say/304", "api 304 yes x1", "api 304 yes x1"),
  row("304 with a body", kept("HTTP/1.1 304 No\r\n" .. LENGTH .. "\r\n" .. RECORD), "api 304 yes x1", "api 304 yes x1"),
  row("400", "say/400/x", "api 400 yes x1", "api 400 yes x1"),
  row("401 with another authentication scheme", kept("HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nContent-Length: 2\r\n\r\n{}"),
    "api 401 yes x1", "api 401 yes x1"),
  row("404", "say/404/x", "api 404 yes x1", "api 404 yes x1"),
  row("407 without a proxy", kept("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\n{}"), "api 407 yes x1", "api 407 yes x1"),
  row("408", "say/408/x", "api 408 yes x4", "api 408 yes x1"),
  row("417", "say/417/x", "api 417 yes x1", "api 417 yes x1"),
  row("421", "say/421/x", "api 421 yes x1", "api 421 yes x1"),
  row("429", "say/429/x", "api 429 yes x4", "api 429 yes x4"),
  row("429 with the error code of a product's limit", "say/429/" .. encoded '{"code":60203}', "api 429 yes x1", "api 429 yes x1"),
  row("500", "say/500/x", "api 500 yes x4", "api 500 yes x1"),
  row("503", "say/503/x", "api 503 yes x4", "api 503 yes x1"),
  row("599", "say/599/x", "api 599 yes x4", "api 599 yes x1"),
  row("status 999", "say/999/x", "api 999 yes x4", "api 999 yes x1"),
  row("status 000", "say/000/x", LOST, NEVER),
  row("status 099", "say/099/x", LOST, NEVER),
  row("status 20", closed("HTTP/1.1 20 OK\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("status 2000", closed("HTTP/1.1 2000 OK\r\n" .. LENGTH .. "\r\n" .. RECORD), since("8.14.1", "ok x1", LOST), since("8.14.1", "ok x1", NEVER)),
  row("a negative status", closed("HTTP/1.1 -20 OK\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("a status of letters", closed("HTTP/1.1 abc OK\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("a status without a reason phrase", closed("HTTP/1.1 200\r\n" .. LENGTH .. "\r\n" .. RECORD), "ok x1", "ok x1"),
  row("100 without a final response", closed("HTTP/1.1 100 Continue\r\n\r\n"), LOST, NEVER),
  row("100 with a body", closed("HTTP/1.1 100 Continue\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("1000 times 100", "interim/100/1000", "ok x1", "ok x1"),
  row("1000 times 102", "interim/102/1000", "ok x1", "ok x1"),
  row("1000 times 103", "interim/103/1000", "ok x1", "ok x1"),
  row("100 without an end", "interim/100/endless", "too_large maybe x1", "too_large maybe x1"),
  row("103 without an end", "interim/103/endless", "too_large maybe x1", "too_large maybe x1"),
  row("101, then the connection is closed", closed("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"), LOST, NEVER),
}

local versions = {
  row("bytes that are not HTTP", "garbage", LOST, NEVER),
  row("a body without headers, as in HTTP/0.9", "http09", LOST, NEVER),
  row("the status line of another protocol", closed("ICY 200 OK\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("an empty line first", closed("\r\n" .. OK .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("HTTP/1.0", closed("HTTP/1.0 200 OK\r\n\r\n" .. RECORD), "ok x1", "ok x1"),
  row("HTTP/1.0 with Connection: keep-alive", kept("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" .. LENGTH .. "\r\n" .. RECORD), "ok x1", "ok x1",
    FIRST),
  row("HTTP/1.0 with a length, on a kept connection", closed("HTTP/1.0 200 OK\r\n" .. LENGTH .. "\r\n" .. RECORD), "ok x1", "ok x1", FIRST),
  row("HTTP/9.9", closed("HTTP/9.9 200 OK\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
}

local headers = {
  row("a line without a colon", closed(OK .. "no colon here\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("a folded line", closed(OK .. "X: a\r\n b\r\n\tc\r\n" .. LENGTH .. "\r\n" .. RECORD), "ok x1", "ok x1"),
  row("a folded line first", closed(OK .. " b\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("a NUL in a value", closed(OK .. "X: a\0b\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("a NUL in a name", closed(OK .. "X\0: b\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("a line with only a NUL", closed(OK .. "\0\r\n" .. LENGTH .. "\r\n" .. RECORD), LOST, NEVER),
  row("a line without a name", closed(OK .. ": b\r\n" .. LENGTH .. "\r\n" .. RECORD), "ok x1", "ok x1"),
  row("line feeds without carriage returns", closed("HTTP/1.1 200 OK\nContent-Length: " .. #RECORD .. "\n\n" .. RECORD), "ok x1", "ok x1"),
  row("a carriage return without a line feed", closed(OK .. "X: a\r" .. LENGTH .. "\r\n" .. RECORD), "ok x1", "ok x1"),
  row("100 lines of 100 bytes", "headers/100/100", "ok x1", "ok x1"),
  row("10,000 lines", "headers/10000/10", since("8.14.1", "too_large maybe x1", "ok x1"), since("8.14.1", "too_large maybe x1", "ok x1")),
  -- libcurl 7.88 reports CURLE_OUT_OF_MEMORY
  row("one line of 1 MB", "headers/1/1048576", since("8.14.1", "too_large maybe x1", NEVER), since("8.14.1", "too_large maybe x1", NEVER)),
  row("lines without an end", "headers/endless/100", "too_large maybe x1", "too_large maybe x1"),
  row("a Location with a 200", kept(OK .. "Location: http://evil.example/\r\n" .. LENGTH .. "\r\n" .. RECORD), "ok x1", "ok x1"),
  row("headers without a body", closed(OK .. "\r\n"), "decode 200 yes x1", "decode 200 yes x1", "true x1"),
}

local lengths = {
  row("no length, and a complete body", closed(OK .. "\r\n" .. RECORD), "ok x1", "ok x1"),
  row("no length, and an incomplete body", closed(OK .. "\r\n" .. RECORD:sub(1, -2)), "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("too short", closed(OK .. "Content-Length: 5\r\n\r\n" .. RECORD), "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("too long", closed(OK .. "Content-Length: 500\r\n\r\n" .. RECORD), HALF, "network 200 yes x1"),
  row("negative", closed(OK .. "Content-Length: -1\r\n\r\n" .. RECORD), LOST, NEVER),
  row("letters", closed(OK .. "Content-Length: abc\r\n\r\n" .. RECORD), LOST, NEVER),
  row("an empty value", closed(OK .. "Content-Length:\r\n\r\n" .. RECORD), LOST, NEVER),
  row("hexadecimal", closed(OK .. "Content-Length: 0x2a\r\n\r\n" .. RECORD), "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("the same value twice", closed(OK .. LENGTH .. LENGTH .. "\r\n" .. RECORD), "ok x1", "ok x1"),
  row("two different values", closed(OK .. LENGTH .. "Content-Length: 12\r\n\r\n" .. RECORD), "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("2^63 - 1", closed(OK .. "Content-Length: 9223372036854775807\r\n\r\n" .. RECORD), "too_large 200 yes x1", "too_large 200 yes x1"),
  row("10^20", closed(OK .. "Content-Length: 100000000000000000000\r\n\r\n" .. RECORD), "too_large 200 yes x1", "too_large 200 yes x1"),
  row("a length and chunks", kept(OK .. "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" .. CHUNK .. "0\r\n\r\n"), "ok x1", "ok x1"),
}

local BAD_ENCODING = since("8.5.0", "decode maybe x1", "decode 200 yes x1")

local chunks = {
  row("correct chunks", kept(CHUNKED .. CHUNK .. "0\r\n\r\n"), "ok x1", "ok x1", FIRST),
  row("a chunk extension", kept(CHUNKED .. CHUNK:gsub("\r", ";a=b\r", 1) .. "0\r\n\r\n"), "ok x1", "ok x1"),
  row("trailers", "trailers/3", "ok x1", "ok x1", FIRST),
  row("trailers without an end", "trailers/endless", "too_large 200 yes x1", "too_large 200 yes x1"),
  row("no last chunk", closed(CHUNKED .. CHUNK), HALF, "network 200 yes x1"),
  row("a size that is not a number", closed(CHUNKED .. "xyz\r\n" .. RECORD), HALF, "network 200 yes x1"),
  row("a negative size", closed(CHUNKED .. "-" .. CHUNK .. "0\r\n\r\n"), HALF, "network 200 yes x1"),
  row("2^64 - 1 as size", closed(CHUNKED .. "ffffffffffffffff\r\n" .. RECORD), HALF, "network 200 yes x1"),
  row("a size of 30 digits", closed(CHUNKED .. ("f"):rep(30) .. "\r\n" .. RECORD), HALF, "network 200 yes x1"),
  row("no line end after a chunk", closed(CHUNKED .. CHUNK:sub(1, -3) .. "0\r\n\r\n"), HALF, "network 200 yes x1"),
  row("another transfer encoding before chunked", closed(OK .. "Transfer-Encoding: gzip, chunked\r\n\r\n" .. CHUNK .. "0\r\n\r\n"),
    BAD_ENCODING, BAD_ENCODING),
  row("an unknown transfer encoding", closed(OK .. "Transfer-Encoding: foo\r\n\r\n" .. RECORD), BAD_ENCODING, BAD_ENCODING),
}

local function body(text) return kept(OK .. "Content-Length: " .. #text .. "\r\n\r\n" .. text) end

local bodies = {
  row("an empty body", "empty", "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("half of the JSON", "truncated_json", "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("compressed", "gzip", "ok x1", "ok x1"),
  row("not compressed, with Content-Encoding: gzip", "gzip_broken", "decode 200 yes x1", "decode 200 yes x1"),
  row("not compressed, with Content-Encoding: deflate", "gzip_broken/deflate", "decode 200 yes x1", "decode 200 yes x1"),
  row("not compressed, with Content-Encoding: br", "gzip_broken/br", "decode 200 yes x1", "decode 200 yes x1"),
  row("with an unknown Content-Encoding", "gzip_broken/foo", "decode 200 yes x1", "decode 200 yes x1"),
  row("half of the compressed bytes", "gzip_half", "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("100 MB, compressed to 640 KB", "gzip_bomb", "too_large 200 yes x1", "too_large 200 yes x1"),
  row("100 MB in chunks", "huge", "too_large 200 yes x1", "too_large 200 yes x1"),
  row("100 MB with a Content-Length", "huge_length", "too_large 200 yes x1", "too_large 200 yes x1"),
  row("chunks without an end", "endless/chunked", "too_large 200 yes x1", "too_large 200 yes x1"),
  row("a body without an end, with a length of 2^62", "endless/length", "too_large 200 yes x1", "too_large 200 yes x1"),
  row("a body without an end and without a length", "endless/close", "too_large 200 yes x1", "too_large 200 yes x1"),
  row("as large as max_response", body(RECORD), "ok x1", "ok x1", { client = { max_response = #RECORD } }),
  row("one byte larger than max_response", body(RECORD), "too_large 200 yes x1", "too_large 200 yes x1", { client = { max_response = #RECORD - 1 } }),
  row("10,000 arrays deep", "deep", "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("10 MB of brackets", "brackets", "decode 200 yes x1", "decode 200 yes x1", "true x1", { client = { max_response = 20e6 } }),
  row("an array in place of an object", body "[]", "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("null", body "null", "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("a second object after the object", body(RECORD .. RECORD), "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("zero bytes after the object", body(RECORD .. "\0\0"), "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("a string that is not UTF-8", body('{"sid":"' .. SID .. '","to":"\255\254"}'), "ok x1", "ok x1"), -- accepted as it is
  row("half of a surrogate pair", body('{"sid":"' .. SID .. '","to":"\\ud800"}'), "ok x1", "ok x1"),
  row("a control character in a string", body('{"sid":"' .. SID .. '","to":"\1"}'), "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("a byte order mark", body("\239\187\191" .. RECORD), "ok x1", "ok x1"),
}

-- The server responds after the first line of a request. The rest of the request, 3 MB, does not
-- fit into the buffers of the sockets, so the client has not sent all of it.
local early = {
  row("413", "early/stall/" .. encoded "HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\n{}", nil, "api 413 yes x1"),
  row("429", "early/stall/" .. encoded "HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\n{}", nil, "api 429 yes x4"),
  row("503", "early/stall/" .. encoded "HTTP/1.1 503 Down\r\nContent-Length: 2\r\n\r\n{}", nil, "api 503 yes x1"),
  row("302", "early/stall/" .. encoded "HTTP/1.1 302 Away\r\nLocation: /ok\r\nContent-Length: 2\r\n\r\n{}", nil, "untrusted 302 yes x1"),
}

-- libcurl 7.88 accepts the end of a TLS connection without close_notify, but not with GnuTLS.
local needs_close_notify = libcurl.is_gnutls() or libcurl.since "8.14.1"

local tls = {
  row("a good certificate", "ok", "ok x1", "ok x1", { port = "good" }),
  row("TLS 1.2", "ok", "ok x1", "ok x1", { port = "tls12" }),
  row("TLS 1.3", "ok", "ok x1", "ok x1", { port = "tls13" }),
  row("TLS 1.0", "ok", "tls no x0/4", "tls no x0/4", { port = "tls10" }),
  row("TLS 1.1", "ok", "tls no x0/4", "tls no x0/4", { port = "tls11" }),
  row("a self-signed certificate", "ok", "tls no x0/1", "tls no x0/1", { port = "self_signed" }),
  row("an unknown authority", "ok", "tls no x0/1", "tls no x0/1", { port = "unknown_ca" }),
  row("an expired certificate", "ok", "tls no x0/1", "tls no x0/1", { port = "expired" }),
  row("a certificate that is not valid yet", "ok", "tls no x0/1", "tls no x0/1", { port = "not_yet" }),
  row("a certificate for another name", "ok", "tls no x0/1", "tls no x0/1", { port = "wrong_name" }),
  row("a certificate for *.0.0.1", "ok", "tls no x0/1", "tls no x0/1", { port = "wildcard" }),
  row("plain HTTP", "ok", "tls no x0/4", "tls no x0/4", { port = "plain" }),
  row("an alert", "ok", "tls no x0/4", "tls no x0/4", { port = "alert" }),
  row("a reset in the handshake", "ok", "tls no x0/4", "tls no x0/4", { port = "cut" }),
  row("the connection is closed in the handshake", "ok", "tls no x0/4", "tls no x0/4", { port = "cut_clean" }),
  row("no length, and no close_notify at the end", closed(OK .. "\r\n" .. RECORD), needs_close_notify and HALF or "ok x1",
    needs_close_notify and "network 200 yes x1" or "ok x1", { port = "good" }),
}

-- libcurl sends a GET again whose stream was not processed.
local UNPROCESSED = since("8.5.0", "network maybe x8/4", LOST)

-- Faults of HTTP/2.
local http2 = {
  row("nothing goes wrong", "ok", "ok x1", "ok x1", FIRST),
  row("an empty response", "empty", "decode 200 yes x1", "decode 200 yes x1", "true x1"),
  row("400", "say/400", "api 400 yes x1", "api 400 yes x1"),
  row("429", "say/429", "api 429 yes x4", "api 429 yes x4"),
  row("503", "say/503", "api 503 yes x4", "api 503 yes x1"),
  row("GOAWAY: no stream was processed", "goaway/0", UNPROCESSED, NEVER),
  row("GOAWAY with ENHANCE_YOUR_CALM", "goaway/11", UNPROCESSED, NEVER),
  row("GOAWAY, then the response", "goaway_after", "ok x1", "ok x1"),
  row("GOAWAY without a response: the stream may have been processed", "goaway_lost", LOST, NEVER),
  row("the stream is refused", "rst/7", "network maybe x8/4", NEVER), -- libcurl repeats each attempt once
  row("the stream is refused once", "refused_once", "ok x2", NEVER),
  row("the stream is reset with INTERNAL_ERROR", "rst/2", LOST, NEVER),
  row("the stream is reset with CANCEL", "rst/8", LOST, NEVER),
  row("the stream is reset with ENHANCE_YOUR_CALM", "rst/11", LOST, NEVER),
  row("the stream is reset with an unknown code", "rst/4711", LOST, NEVER),
  row("the stream is reset in the middle of the body", "rst_mid/2", HALF, "network 200 yes x1"),
  row("the stream is refused in the middle of the body", "rst_mid/7", HALF, "network 200 yes x1"),
  row("the connection is closed", "close", LOST, NEVER),
  row("the connection is closed after the headers", "close_head", HALF, "network 200 yes x1"),
  row("the connection is closed in the middle of the body", "close_mid", HALF, "network 200 yes x1"),
  row("a content-length smaller than the body", "length/5", HALF, "network 200 yes x1"),
  row("a content-length larger than the body", "length/500", HALF, "network 200 yes x1"),
  row("a content-length larger than max_response", "length/5000000", "too_large 200 yes x1", "too_large 200 yes x1"),
  row("10 KB of headers", "headers/10/1000", "ok x1", "ok x1"),
  row("100 KB of headers", "headers/1/100000", LOST, NEVER),
  row("1 MB of headers", "headers/1000/1000", LOST, NEVER),
  row("headers without an end", "headers/endless/100", LOST, NEVER),
  row("1000 times 103", "interim/103/1000", "ok x1", "ok x1"),
  row("a body larger than max_response", "large", "too_large 200 yes x1", "too_large 200 yes x1"),
  row("a frame that is too large", "bad/size", LOST, NEVER),
  row("a body for stream 0", "bad/stream", LOST, NEVER),
  row("a body before the headers", "bad/order", LOST, NEVER),
  row("headers that are not valid HPACK", "bad/block", LOST, NEVER),
  row("headers without a status", "bad/status", LOST, NEVER),
  row("a server push, which is not allowed", "bad/push", LOST, NEVER),
  row("an HTTP/1.1 response on the connection", "bad/http1", LOST, NEVER),
  row("one stream at a time", "ok", "ok x1", "ok x1", { port = "h2_one_stream", first = true }),
  row("400 before the body was read", "early/400", nil, "api 400 yes x1", { large = true }),
  row("429 before the body was read", "early/429", nil, "api 429 yes x4", { large = true }),
}

for _, one in ipairs(early) do one.large = true end
for _, one in ipairs(http2) do
  if one.port == "http" then one.port = "h2" end
end

describe("a fault", function()
  local server, control

  setup(function()
    server = servers.fault { tls = true }
    control = twilio.client { account_sid = "AC1", auth_token = "none", base_url = ("http://127.0.0.1:%d"):format(server.ports.control) }
  end)

  teardown(function()
    control:close()
    assert.equal("", server:stop())
  end)

  local function url(port)
    return port == "http" and server.url or server:secure_url(port)
  end

  -- Returns a client. The log shows its tag in the header User-Agent.
  local function client(port, path, tag, options)
    local all = {
      account_sid = servers.account_sid, auth_token = servers.auth_token, base_url = url(port) .. "/" .. path, ca_file = server.authority,
      max_retry_wait = 0.001, timeout = 10 * patience(), max_response = 1000000, user_agent = "as-" .. tag,
    }
    for name, value in pairs(options or {}) do all[name] = value end
    return twilio.client(all)
  end

  local calls = {
    GET = function(c, options) return c.calls:get(SID, nil, options) end,
    POST = function(c, options) return c.calls:make(MAKE, options) end,
    DELETE = function(c, options) return c.calls:delete(SID, nil, options) end,
    LARGE = function(c) return c.calls:make { to = "+1", from = "+2", twiml = ("x"):rep(LARGE) } end,
  }

  local function ask(method, path)
    return cjson.decode(assert(control:request { method = method, path = path }).body)
  end

  -- Returns the requests that the server saw, by the tag of their client, and closes all
  -- connections. If the server did not read a request to its end, only its method is known.
  local function taken()
    local log, all = ask("POST", "/_/take"), setmetatable({}, { __index = function() return {} end })
    for _, request in ipairs(type(log) == "table" and log or {}) do
      local tag = request.headers and request.headers["user-agent"]:match "as%-(%S+)$" or request.method
      all[tag] = rawget(all, tag) or {}
      table.insert(all[tag], request)
    end
    return all
  end

  -- Returns the outcome of a call as in the tables. `requests` are its requests that the server
  -- saw.
  local function outcome(requests, result, message, err)
    if result == true then return "true x" .. #requests end
    if result then
      assert.is_true(result.sid == nil or result.sid == SID, "the record of another response")
      return (result.sid and "ok x" or "empty x") .. #requests
    end
    assert.is_nil(message:find "%c")
    assert.is_nil(message:find(servers.auth_token, 1, true))
    local text = err.kind .. (err.status and " " .. err.status or "") .. " " .. err.sent .. " x" .. #requests
    return err.attempts == #requests and text or text .. "/" .. err.attempts
  end

  -- Checks that all attempts are equal and complete, and have credentials. A redirect that was
  -- followed would differ.
  local function check_alike(requests, method)
    for _, request in ipairs(requests) do
      assert.equal(method, request.method)
      assert.equal(requests[1].target, request.target)
      if request.headers then
        assert.matches("^Basic ", request.headers.authorization)
        assert.equal(method == "POST" and BODY or "", request.body)
      end
    end
  end

  local function meet(one)
    local outcomes = {}
    for method in pairs(one.outcomes) do
      local c = client(one.port, one.path, "first", one.options)
      if one.first then
        calls[method](c)
        ask("GET", "/_/stats") -- waits until the server has sent everything
      end
      c:close()
      c = client(one.port, one.path, method, one.options)
      local result, message, err = calls[one.large and "LARGE" or method](c)
      c:close()
      local seen = taken()[method]
      outcomes[method] = outcome(seen, result, message, err)
      if not one.large then check_alike(seen, method) end
    end
    assert.same(one.outcomes, outcomes)
  end

  local function all(rows)
    for _, one in ipairs(rows) do
      it(one.what, function() meet(one) end)
    end
  end

  local function over(port, rows)
    for _, one in ipairs(rows) do
      it(one.what, function()
        one.port = port
        meet(one)
      end)
    end
  end

  describe("of the connection:", function() all(connections) end)
  describe("on a kept connection:", function() all(surplus) end)
  describe("of the status:", function() all(statuses) end)
  describe("of the HTTP version:", function() all(versions) end)
  describe("of the headers:", function() all(headers) end)
  describe("of the Content-Length:", function() all(lengths) end)
  describe("of chunks:", function() all(chunks) end)
  describe("of the body:", function() all(bodies) end)
  describe("before the request was sent completely:", function() all(early) end)
  describe("of TLS:", function() all(tls) end)
  describe("of HTTP/2:", function() all(http2) end)
  describe("of the connection, with TLS:", function() over("good", connections) end)

  it("of the connection: it is refused", function()
    local c = client("http", "", "refused", { base_url = "http://127.0.0.1:1" })
    for _, method in ipairs { "GET", "POST", "DELETE" } do assert.equal("network no x0/4", outcome({}, calls[method](c))) end
  end)

  it("before the request was sent completely: 413, then the connection is closed", function()
    local c = client("http", "early/close/" .. encoded "HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\n{}", "early")
    local result, message, err = calls.LARGE(c)
    local text = outcome(taken().POST, result, message, err)
    assert.is_true(text == "api 413 yes x1" or text == NEVER, text) -- the response may be lost with the connection
  end)

  describe("after each byte of a response:", function()
    local ANSWER = OK .. LENGTH .. "\r\n" .. RECORD
    local HEAD = #ANSWER - #RECORD

    -- Returns the outcome if a response ends after n bytes.
    local function expected(n, in_head, in_body)
      return n == #ANSWER and "ok x1" or n < HEAD and in_head or in_body
    end

    it("the connection is closed", function()
      for n = 1, #ANSWER do
        for _, method in ipairs { "GET", "POST" } do
          local c = client("http", closed(ANSWER:sub(1, n)), method)
          local result, message, err = calls[method](c)
          c:close()
          local text = outcome(taken()[method], result, message, err)
          local wanted = method == "GET" and expected(n, LOST, HALF) or expected(n, NEVER, "network 200 yes x1")
          assert.equal(n .. " bytes: " .. wanted, n .. " bytes: " .. text)
        end
      end
    end)

    -- Runs the functions in coroutines, so that all of them wait at the same time.
    local function together(jobs)
      local engine
      local function wait(its, seconds)
        engine = its
        coroutine.yield(seconds)
      end
      local alive = {}
      for i, job in ipairs(jobs) do alive[i] = { thread = coroutine.create(job) } end
      while #alive > 0 do
        local soonest, left = math.huge, {}
        for _, job in ipairs(alive) do
          local ok, seconds = coroutine.resume(job.thread, wait)
          assert(ok, seconds)
          if coroutine.status(job.thread) ~= "dead" then
            left[#left + 1] = job
            soonest = math.min(soonest, seconds)
          end
        end
        alive = left
        if #alive > 0 then engine:poll(soonest) end
      end
    end

    it("the server stalls", function()
      local jobs, wanted, results = {}, {}, {}
      -- Adds one call with its expected outcome.
      local function add(port, path, method, text)
        local tag = method .. "-" .. #jobs
        wanted[tag] = text
        jobs[#jobs + 1] = function(wait)
          local c = client(port, path, tag, { wait = wait, timeout = patience(), retries = 0 })
          results[tag] = { calls[method](c) }
          c:close()
        end
      end
      for n = 1, #ANSWER - 1 do
        add("http", "wire/stall/" .. encoded(ANSWER:sub(1, n)), "GET", expected(n, "timeout maybe x1", "timeout 200 yes x1"))
      end
      for _, port in ipairs { "http", "good" } do
        add(port, "stall", "POST", "timeout maybe x1")
        add(port, "stall_body", "POST", "timeout 200 yes x1")
        add(port, "wire/stall/" .. encoded(CHUNKED .. CHUNK), "POST", "timeout 200 yes x1")
        add(port, "wire/stall/" .. encoded "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n!", "POST", "timeout maybe x1")
        add(port, "wire/stall/" .. encoded "HTTP/1.1 100 Continue\r\n\r\n", "POST", "timeout maybe x1")
      end
      add("silence", "ok", "GET", "timeout no x0/1")
      add("silence", "ok", "POST", "timeout no x0/1")
      add("h2", "stall_head", "POST", "timeout 200 yes x1")
      add("h2", "stall_mid", "POST", "timeout 200 yes x1")
      add("h2", "stall", "POST", "timeout maybe x1")
      together(jobs)
      local seen = taken()
      for tag, result in pairs(results) do results[tag] = outcome(seen[tag], result[1], result[2], result[3]) end
      assert.same(wanted, results)
    end)

    -- The first request has no body. It is sent before the client has received the server's
    -- SETTINGS.
    for port, what in pairs { h2_no_stream = "does not allow a stream", h2_no_window = "does not accept a body" } do
      it("the server " .. what .. ", over HTTP/2", function()
        local c = client(port, "ok", "first")
        assert(calls.GET(c))
        c:close()
        c = client(port, "ok", "POST", { retries = 0, timeout = 0.2 * patience() })
        local result, message, err = calls.POST(c)
        c:close()
        assert.equal("timeout maybe x0/1", outcome(taken().POST, result, message, err))
      end)
    end

    it("after a timeout, the connection is not used again", function()
      local c = client("h2", "stall", "stall", { timeout = 0.1 * patience() })
      assert.equal("timeout", select(3, calls.GET(c)).kind)
      c:close()
      c = client("h2", "ok", "GET")
      assert.is_table((calls.GET(c) or {}):meta())
      c:close()
      local log = ask("POST", "/_/take")
      assert.equal("/ok", log[#log].target:sub(1, 3))
      for i = 1, #log - 1 do assert.not_equal(log[#log].connection, log[i].connection) end
    end)
  end)

  describe("of an HTTP/2 connection:", function()
    local function submit(c)
      local request = core.request(c.calls, "list")
      local engine = request:hooks().engine
      engine:submit(request)
      while #ask("GET", "/_/log") == 0 do engine:poll(0.01) end
      return request, engine
    end

    it("after a timeout, no request is added to it while another request waits on it", function()
      local patient = client("h2", "stall", "patient", { timeout = 60 })
      local waiting, engine = submit(patient)
      local c = client("h2", "stall", "stall", { timeout = 0.1 * patience() })
      assert.equal("timeout", select(3, calls.GET(c)).kind)
      c:close()
      c = client("h2", "ok", "POST", { retries = 0 })
      assert(calls.POST(c))
      assert(calls.POST(c))
      assert.is_false(waiting:done())
      engine:cancel(waiting)
      c:close()
      patient:close()
      local log = ask("POST", "/_/take")
      assert.equal(log[1].connection, log[2].connection)
      assert.not_equal(log[1].connection, log[3].connection)
      assert.not_equal(log[1].connection, log[4].connection)
    end)

    it("after its only request was cancelled, and the server has closed it, it is not used", function()
      local c = client("h2", "leave", "first")
      local request, engine = submit(c)
      engine:cancel(request)
      ask("POST", "/_/leave")
      c:close()
      c = client("h2", "ok", "POST", { retries = 0 })
      assert(calls.POST(c))
      c:close()
      ask("POST", "/_/take")
    end)
  end)

  describe("on the third of five pages:", function()
    -- Reads a list of fifteen calls. Returns the number of records, and the error kind if the
    -- iterator raised.
    local function walk(path, options)
      local c = client("http", path, "walk", { timeout = 0.2 * patience() })
      local it, seen = c.calls:iter({}, options), {}
      local ok, message = pcall(function()
        for call in it do seen[#seen + 1] = call.sid end
      end)
      c:close()
      taken()
      for i, sid in ipairs(seen) do assert.equal("CA" .. i, sid) end
      if ok then return #seen end
      assert.is_string(message)
      return #seen, it.error.kind
    end

    local passing = {
      "close_before_answer", "close_reused", "truncated_body", "garbage", "html_502", "say/408", "say/429", "say/500",
      "wire/close/" .. encoded "HTTP/1.1 200 OK\r\nX", "wire/close/" .. encoded(CHUNKED .. "zzz"),
    }
    local lasting = {
      truncated_json = "decode", gzip_broken = "decode", gzip_half = "decode", deep = "decode", empty = "decode", html_200 = "decode",
      ["say/200/%5B%5D"] = "decode", gzip_bomb = "too_large", huge = "too_large", ["endless/chunked"] = "too_large", redirect_302 = "untrusted",
      ["say/204"] = "decode", ["say/404"] = "api", ["headers/endless/100"] = "too_large", stall = "timeout", stall_body = "timeout",
    }
    local kinds = { close_before_answer = "network", truncated_body = "network", garbage = "network", html_502 = "api", ["say/429"] = "api" }

    for _, prefetch in ipairs { false, true } do
      it(prefetch and "with prefetch" or "without prefetch", function()
        for _, path in ipairs(passing) do
          assert.same({ path, 15 }, { path, walk("pages/once/" .. path .. (prefetch and "/ahead" or ""), { prefetch = prefetch }) })
        end
        for path, kind in pairs(lasting) do
          assert.same({ path, 6, kind }, { path, walk("pages/always/" .. path, { prefetch = prefetch }) })
        end
        for path, kind in pairs(kinds) do
          assert.same({ path, 6, kind }, { path, walk("pages/always/" .. path, { prefetch = prefetch }) })
        end
      end)
    end
  end)

  describe("of trust:", function()
    it("nothing is sent if the handshake fails", function()
      ask("POST", "/_/handshakes")
      local bad = {
        "tls10", "tls11", "self_signed", "unknown_ca", "expired", "not_yet", "wrong_name", "wildcard", "plain", "alert", "cut", "cut_clean",
      }
      for _, port in ipairs(bad) do
        local c = client(port, "ok", "POST", { retries = 0 })
        assert.is_nil((calls.POST(c)))
        c:close()
      end
      local made = client("good", "ok", "POST")
      assert(calls.POST(made))
      made:close()
      assert.equal(1, #taken().POST)
      local seen = ask("POST", "/_/handshakes")
      for _, port in ipairs(bad) do assert.same({ port, 1, 0 }, { port, seen[port].tried, seen[port].bytes }) end
      assert.is_true(seen.good.bytes > 0) -- shows that `bytes` is counted
    end)

    it("a handshake is retried at once, and then after pauses", function()
      local pauses = {}
      local function log(_, _, fields) pauses[#pauses + 1] = fields.retry_in end
      local c = client("cut", "ok", "GET", { retries = 2, max_retry_wait = 0.01, log = log })
      assert.equal("tls", select(3, calls.GET(c)).kind)
      c:close()
      assert.equal(2, #pauses)
      assert.equal(0, pauses[1])
      assert.is_true(pauses[2] > 0)
    end)

    it("a TLS session is resumed only by clients with the same ca_file", function()
      local copy = os.tmpname()
      assert(os.execute(("cp '%s' '%s'"):format(server.authority, copy)))
      ask("POST", "/_/handshakes")
      local function resumed(trust)
        local c = client("tls12", "close_idle", "GET", { ca_file = trust, retries = 0 })
        local call, _, err = calls.GET(c)
        c:close()
        return call and ask("POST", "/_/handshakes").tls12.resumed or err.kind
      end
      resumed(server.authority) -- the result depends on earlier requests
      -- Older versions of libcurl do not resume a session of another client.
      local shared = shell.run "pkg-config --atleast-version=7.88.1 libcurl" and 1 or 0
      assert.same({ shared, 0, shared, "tls" }, { resumed(server.authority), resumed(copy), resumed(copy), resumed "/dev/null" })
      os.remove(copy)
      taken()
    end)

    it("follows a redirect of a GET within the origin, and no other one", function()
      for _, target in ipairs { url "http" .. "/ok", url "good" .. "/ok", "/ok", "http://localhost:" .. server.port .. "/ok" } do
        for _, status in ipairs { 301, 302, 303, 307, 308 } do
          for _, port in ipairs { "http", "good" } do
            local is_same, expected = (target == "/ok" or target == url(port) .. "/ok") and status ~= 303, 3
            for _, method in ipairs { "GET", "POST", "DELETE" } do
              local c = client(port, ("redirect/%d/%s"):format(status, encoded(target)), method)
              local result, message, err = calls[method](c)
              c:close()
              local is_followed = is_same and method == "GET"
              if is_followed then expected = expected + 1 end
              assert.equal(is_followed and "ok x1" or ("untrusted %d yes x1"):format(status), outcome({ true }, result, message, err))
            end
            local log = ask("POST", "/_/take")
            assert.equal(expected, #log)
            for i, request in ipairs(log) do
              assert.equal(i == 2 and is_same and "/ok" or "/redirect/", request.target:sub(1, i == 2 and is_same and 3 or 10))
              assert.equal(port, request.port)
            end
          end
        end
      end
    end)

    it("a link from HTTPS to plain HTTP is not followed", function()
      local page = ('{"calls":[{"sid":"CA1"}],"next_page_uri":"%s/ok"}'):format(url "http")
      local c = client("good", "say/200/" .. encoded(page), "GET")
      local it, n = c.calls:iter({}, { prefetch = true }), 0
      assert.is_false((pcall(function()
        for _ in it do n = n + 1 end
      end)))
      assert.same({ 1, "untrusted" }, { n, it.error.kind })
      assert.equal(1, #ask("POST", "/_/take"))
    end)
  end)
end)
