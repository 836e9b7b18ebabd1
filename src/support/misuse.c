#include "support/misuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/redact.h"

static const char own_key; /* registry key: the source name of lua/twilio.lua without ".lua" */

void misuse_own(lua_State *L, int index) {
  lua_Debug ar;
  lua_pushvalue(L, index);
  lua_getinfo(L, ">S", &ar);
  size_t length = strlen(ar.source);
  if (length > 4 && strcmp(ar.source + length - 4, ".lua") == 0) length -= 4;
  lua_pushlstring(L, ar.source, length);
  compat_rawsetp(L, LUA_REGISTRYINDEX, &own_key);
}

/* Whether a source belongs to this library, such as "@…/twilio.lua" and "@…/twilio/waiting.lua", but
 * not "@…/twilio_test.lua". */
static int is_own(const char *source, const char *own, size_t length) {
  return own && *source == '@' && strncmp(source, own, length) == 0 && (source[length] == '.' || source[length] == '/');
}

/* Pushes the caller's position, "file:line: ", or "" if no caller has a line. */
static void push_position(lua_State *L) {
  lua_Debug ar;
  compat_rawgetp(L, LUA_REGISTRYINDEX, &own_key);
  size_t length = 0;
  const char *own = lua_tolstring(L, -1, &length);
  int found = 0;
  for (int level = 0; !found && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    found = ar.currentline > 0 && !is_own(ar.source, own, length);
  }
  lua_pop(L, 1);
  if (found)
    lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
  else
    lua_pushliteral(L, "");
}

/* Pushes the formatted message. Strings come from the program and may contain personal data, so
 * they are masked. Numbers are limits and counts of this library. */
static void push_masked(lua_State *L, const char *format, va_list *arguments) {
  lua_pushliteral(L, "");
  for (const char *p; (p = strchr(format, '%')); format = p + 2) {
    lua_pushlstring(L, format, (size_t)(p - format));
    if (p[1] == 's') {
      const char *text = va_arg(*arguments, const char *);
      if (!text) text = "(null)";
      redact_push_text(L, text, strlen(text));
    } else if (p[1] == 'd') {
      lua_pushfstring(L, "%d", va_arg(*arguments, int));
    } else {
      lua_pushlstring(L, p + 1, 1);
    }
    lua_concat(L, 3);
  }
  lua_pushstring(L, format);
  lua_concat(L, 2);
}

int misuse(lua_State *L, const char *format, ...) {
  va_list arguments;
  luaL_checkstack(L, 8, "misuse");
  push_position(L);
  va_start(arguments, format);
  push_masked(L, format, &arguments);
  va_end(arguments);
  lua_concat(L, 2);
  lua_error(L);
}

void suggestion_start(struct suggestion *suggestion, const char *wanted) {
  suggestion->wanted = wanted;
  suggestion->length = strlen(wanted);
  suggestion->distance = (suggestion->length + 2) / 3; /* a name with a larger distance is not suggested */
  suggestion->nearest[0] = '\0';
}

static size_t least_of_three(size_t a, size_t b, size_t c) {
  size_t m = a < b ? a : b;
  return m < c ? m : c;
}

/* Returns the edit distance with transpositions. Names have at most 63 bytes. */
static size_t edit_distance(const char *a, size_t n, const char *b, size_t m) {
  unsigned char row[3][64];
  unsigned char *before = row[0], *above = row[1], *now = row[2];
  for (size_t j = 0; j <= m; j++) above[j] = (unsigned char)j;
  for (size_t i = 1; i <= n; i++) {
    now[0] = (unsigned char)i;
    for (size_t j = 1; j <= m; j++) {
      size_t d = least_of_three(above[j] + 1U, now[j - 1] + 1U, above[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d = least_of_three(d, before[j - 2] + 1U, d);
      now[j] = (unsigned char)d;
    }
    unsigned char *oldest = before;
    before = above;
    above = now;
    now = oldest;
  }
  return above[m];
}

void suggestion_offer(struct suggestion *suggestion, const char *candidate) {
  size_t length = strlen(candidate);
  if (length == 0 || length >= sizeof suggestion->nearest || suggestion->length >= sizeof suggestion->nearest) return;
  size_t d = edit_distance(suggestion->wanted, suggestion->length, candidate, length);
  if (d > suggestion->distance || (d == suggestion->distance && suggestion->nearest[0])) return;
  suggestion->distance = d;
  memcpy(suggestion->nearest, candidate, length + 1);
}

const char *suggestion_push(lua_State *L, const struct suggestion *suggestion) {
  if (!suggestion->nearest[0]) return lua_pushliteral(L, ""), lua_tostring(L, -1);
  return lua_pushfstring(L, " (did you mean '%s'?)", suggestion->nearest);
}

/* The reserved words of Lua, each between blanks. Twilio has only one of them as a name today. */
static const char reserved[] = " and break do else elseif end false for function goto if in local nil not or repeat return then true until while ";

/* Whether a word of at most 63 bytes is reserved. */
static int is_reserved(const char *word) {
  char between[68];
  snprintf(between, sizeof between, " %s ", word);
  return strstr(reserved, between) != NULL;
}

const char *suggestion_push_name(lua_State *L, const struct suggestion *suggestion) {
  if (!is_reserved(suggestion->nearest)) return suggestion_push(L, suggestion);
  return lua_pushfstring(L, " (did you mean '%s_'?)", suggestion->nearest);
}

void suggestion_offer_keys(lua_State *L, struct suggestion *suggestion, int index) {
  index = compat_absindex(L, index);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING) suggestion_offer(suggestion, lua_tostring(L, -1));
  }
}

int misuse_is_probe(const char *name) {
  return name[0] == '_' && name[1] == '_';
}

/* Offers each of the words, which are separated by blanks. Returns whether one of them is the
 * wanted name. */
static int offer_words(lua_State *L, struct suggestion *suggestion, const char *words) {
  for (const char *word = words; *word;) {
    size_t length = strcspn(word, " ");
    lua_pushlstring(L, word, length);
    suggestion_offer(suggestion, lua_tostring(L, -1));
    lua_pop(L, 1);
    if (suggestion->distance == 0) return 1;
    word += length + (word[length] == ' ');
  }
  return 0;
}

/* The __index function. Its upvalues are the arguments of core.index. */
static int unknown_index(lua_State *L) {
  struct suggestion suggestion;
  if (lua_type(L, 2) != LUA_TSTRING || misuse_is_probe(lua_tostring(L, 2))) return 0;
  suggestion_start(&suggestion, lua_tostring(L, 2));
  if (offer_words(L, &suggestion, lua_tostring(L, lua_upvalueindex(2)))) return 0;
  suggestion_offer_keys(L, &suggestion, 1);
  return misuse(L, "%s has no '%s'%s", lua_tostring(L, lua_upvalueindex(1)), suggestion.wanted, suggestion_push(L, &suggestion));
}

int misuse_index(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 2);
  lua_pushstring(L, luaL_optstring(L, 2, ""));
  lua_replace(L, 2);
  lua_pushcclosure(L, unknown_index, 2);
  return 1;
}

int misuse_is_name(const char *name, const char *const *names) {
  for (; *names; names++)
    if (strcmp(*names, name) == 0) return 1;
  return 0;
}

void misuse_check_name(lua_State *L, const char *what, const char *name, const char *const *names) {
  struct suggestion suggestion;
  suggestion_start(&suggestion, name);
  for (; *names; names++) {
    if (strcmp(*names, name) == 0) return;
    suggestion_offer(&suggestion, *names);
  }
  misuse(L, "unknown %s '%s'%s", what, name, suggestion_push(L, &suggestion));
}
