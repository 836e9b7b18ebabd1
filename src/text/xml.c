#include "text/xml.h"

#include <lauxlib.h>
#include <string.h>

#include "text/integer.h"
#include "text/wire_text.h"

/* The entity of a character, or NULL. White space needs entities because a parser turns a bare \r
 * into \n everywhere, and all white space of an attribute into blanks. */
static const char *entity_of(char c, int is_attribute) {
  switch (c) {
  case '&': return "&amp;";
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '\r': return "&#13;";
  case '"': return is_attribute ? "&quot;" : NULL;
  case '\t': return is_attribute ? "&#9;" : NULL;
  case '\n': return is_attribute ? "&#10;" : NULL;
  default: return NULL;
  }
}

/* Whether XML contains the byte as it is, between tags and in attributes. */
static int is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x80 && c != '&' && c != '<' && c != '>' && c != '"';
}

/* Whether a control character is forbidden. */
static int is_forbidden(unsigned char c) {
  return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

/* Whether U+FFFE or U+FFFF is at `p`, which has at least `left` bytes of valid UTF-8. */
static int is_noncharacter(const char *p, size_t left) {
  return left >= 3 && memcmp(p, "\xEF\xBF", 2) == 0 && ((unsigned char)p[2] & 0xFE) == 0xBE;
}

/* `character` is the forbidden code point plus 1, or 0 for a byte that is not UTF-8. */
static int refuse_character(lua_State *L, size_t offset, int character) {
  lua_pushnil(L);
  lua_pushinteger(L, (lua_Integer)offset + 1);
  if (!character) return 2;
  lua_pushinteger(L, character - 1);
  return 3;
}

/* Pushes nil, the position and the character if XML cannot contain the text. Returns the number of
 * pushed values. */
static int check_xml_text(lua_State *L, const char *text, size_t from, size_t length) {
  size_t valid = encode_utf8_span(text, length);
  for (size_t i = from; i < valid; i++) {
    if (is_forbidden((unsigned char)text[i])) return refuse_character(L, i, (unsigned char)text[i] + 1);
    if (is_noncharacter(text + i, valid - i)) return refuse_character(L, i, 0xFF40 + (unsigned char)text[i + 2] + 1);
  }
  return valid < length ? refuse_character(L, valid, 0) : 0;
}

/* Pushes the escaped text. Its first special character is at `first`. */
static int push_escaped(lua_State *L, const char *text, size_t first, size_t length, int is_attribute) {
  luaL_Buffer out;
  luaL_buffinit(L, &out);
  size_t start = 0;
  for (size_t i = first; i < length; i++) {
    const char *entity = entity_of(text[i], is_attribute);
    if (!entity) continue;
    luaL_addlstring(&out, text + start, i - start);
    luaL_addstring(&out, entity);
    start = i + 1;
  }
  luaL_addlstring(&out, text + start, length - start);
  luaL_pushresult(&out);
  return 1;
}

static int escape_string(lua_State *L, int is_attribute) {
  size_t length, first = 0;
  const char *text = lua_tolstring(L, 1, &length);
  while (first < length && is_plain((unsigned char)text[first])) first++;
  if (first == length) return lua_settop(L, 1), 1;
  int refused = check_xml_text(L, text, first, length);
  return refused ? refused : push_escaped(L, text, first, length, is_attribute);
}

/* Like wire_number, but without snprintf for the small whole numbers that most attributes have. This
 * saves 3 % of the instructions that write a document. */
static size_t number_text(lua_State *L, char out[WIRE_NUMBER_SIZE]) {
  lua_Number value = lua_tonumber(L, 1);
  if (!(value >= 0 && value < 1000)) return wire_number(L, 1, out);
  int whole = (int)value, n = 0;
  if ((lua_Number)whole != value) return wire_number(L, 1, out);
  if (whole >= 100) out[n++] = (char)('0' + whole / 100);
  if (whole >= 10) out[n++] = (char)('0' + whole / 10 % 10);
  out[n++] = (char)('0' + whole % 10);
  return (size_t)n;
}

int xml_escape(lua_State *L) {
  char number[WIRE_NUMBER_SIZE];
  const char *text;
  size_t length;
  switch (lua_type(L, 1)) {
  case LUA_TSTRING: return escape_string(L, lua_toboolean(L, 2));
  case LUA_TBOOLEAN: lua_pushstring(L, lua_toboolean(L, 1) ? "true" : "false"); return 1;
  case LUA_TNUMBER:
    length = number_text(L, number);
    text = length ? number : NULL;
    break;
  default: text = integer_test(L, 1, &length);
  }
  if (!text) return 0;
  lua_pushlstring(L, text, length);
  return 1;
}
