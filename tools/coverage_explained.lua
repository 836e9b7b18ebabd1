-- What `make coverage` does not reach, and why not.
--
-- `rules` are for places that occur in many files. A pattern is matched with "FUNCTION: LINE" in C, and with the
-- first line that did not run in Lua. LINE has no indentation. `texts` has the other places by file: a part of that
-- text, and the reason. A reason begins with "Untested:" if only a spec is missing.
local NO_MEMORY = "Memory is lacking. make torture tries each allocation, but not all of them with this build."
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
  { pattern = "^end[%)}]*$", why = "The end of a function that has raised before." },
  { pattern = "pthread_", why = "The functions of POSIX fail only for arguments that the library does not pass." },
}

local texts = {
}

return { rules = rules, texts = texts }
