/* Runs a fuzz target that is written in Lua: `make fuzz TARGET=twiml SECONDS=60`.
 *
 * The core is linked into this program with libFuzzer and the sanitizers, so that libFuzzer sees
 * which branches of the C code an input reaches. FUZZ_TARGET is the path of a Lua file that returns a
 * function. libFuzzer calls the function with each input. An error of the function is a finding. */
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int luaopen_twilio_core(lua_State *L);

static lua_State *state; /* has the target's function at index 1 */

/* fuzz.url(text) → { scheme, host, port, user, path } as libcurl reads the URL; nil if libcurl refuses
 * the URL */
static int fuzz_url(lua_State *L) {
  static const struct {
    const char *name;
    CURLUPart part;
  } parts[] = {{"scheme", CURLUPART_SCHEME}, {"host", CURLUPART_HOST}, {"port", CURLUPART_PORT}, {"user", CURLUPART_USER}, {"path", CURLUPART_PATH}};
  CURLU *url = curl_url();
  if (!url) return luaL_error(L, "out of memory");
  if (curl_url_set(url, CURLUPART_URL, luaL_checkstring(L, 1), CURLU_PATH_AS_IS) != CURLUE_OK) {
    curl_url_cleanup(url);
    return 0;
  }
  lua_newtable(L);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    char *text = NULL;
    if (curl_url_get(url, parts[i].part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) continue;
    lua_pushstring(L, text);
    lua_setfield(L, -2, parts[i].name);
    curl_free(text);
  }
  curl_url_cleanup(url);
  return 1;
}

static int traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

/* Calls the function below the arguments. Aborts if the function raises: libFuzzer then saves the
 * input. */
static void call(int arguments, int results) {
  int handler = lua_gettop(state) - arguments;
  lua_pushcfunction(state, traceback);
  lua_insert(state, handler);
  if (lua_pcall(state, arguments, results, handler) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(state, -1));
    abort();
  }
  lua_remove(state, handler);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  const char *target = getenv("FUZZ_TARGET");
  (void)argc, (void)argv;
  state = luaL_newstate();
  if (!state || !target) {
    fprintf(stderr, "fuzz: set FUZZ_TARGET to the path of a target, such as spec/fuzz/twiml.lua\n");
    exit(1);
  }
  luaL_openlibs(state);
  luaL_requiref(state, "twilio.core", luaopen_twilio_core, 0);
  lua_newtable(state);
  lua_pushcfunction(state, fuzz_url);
  lua_setfield(state, -2, "url");
  lua_setglobal(state, "fuzz");
  lua_settop(state, 0);
  if (luaL_loadfile(state, target) != LUA_OK) {
    fprintf(stderr, "fuzz: %s\n", lua_tostring(state, -1));
    exit(1);
  }
  call(0, 1);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lua_pushvalue(state, 1);
  lua_pushlstring(state, (const char *)data, size);
  call(1, 0);
  return 0;
}
