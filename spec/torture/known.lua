-- Faults of other libraries. `make torture` skips them, and prints each of them.

-- In each entry: a pattern for what the child said, the modes in which it is known, and what the fault is.
local FAULTS = {
  {
    text = "^no clear message: [^\n]*getaddrinfo%(%) thread failed to start\n", modes = "^cold",
    reason = "libcurl reports a thread that cannot start if it has no memory for the address of a server",
  },
  {
    text = "^the next call fails: [^\n]*\n[^\n]*\n[^\n]*libcrypto", modes = "^cold",
    reason = "libcrypto does not try again to make what it could not allocate when it was initialised",
  },
  {
    text = "the crash:\n%s*[^\n]*libc%.so[^\n]*\n[^\n]*pthread[^\n]*\n[^\n]*libcrypto", modes = "^cold",
    reason = "libcrypto locks a lock that it could not allocate when it was initialised",
  },
  {
    text = "the allocation that failed:.*libcurl%.so[^\n]*\n[^\n]*libssl%.so.*the crash:", -- libssl calls libcurl with the session
    reason = "libcurl 7.88 frees the name of a TLS session twice if it cannot store the session (Curl_ssl_addsessionid)",
  },
  {
    text = "^raised: [^\n]*module 'twilio[%w._]*' not found", modes = "^cold",
    reason = "Lua's require takes a file that cannot be opened for a missing one",
  },
}

--- Returns what the fault is, or nil if it is not known.
-- @param mode how the scenario was starved
-- @param text what the child said: the fault, then the stack of the allocation that failed
return function(mode, text)
  for _, fault in ipairs(FAULTS) do
    if text:find(fault.text) and mode:find(fault.modes or "") then return fault.reason end
  end
end
