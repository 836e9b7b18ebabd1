#include "support/ascii.h"

#define U ASCII_UPPER
#define L ASCII_LOWER
#define D ASCII_DIGIT
#define X ASCII_HEX_UPPER
#define H ASCII_HEX_LOWER
#define M ASCII_MARK

static const unsigned char classes[256] = {
    ['-'] = M,     ['.'] = M,     ['_'] = M, ['~'] = M, ['0'] = D,     ['1'] = D,     ['2'] = D,     ['3'] = D,     ['4'] = D,
    ['5'] = D,     ['6'] = D,     ['7'] = D, ['8'] = D, ['9'] = D,     ['A'] = U | X, ['B'] = U | X, ['C'] = U | X, ['D'] = U | X,
    ['E'] = U | X, ['F'] = U | X, ['G'] = U, ['H'] = U, ['I'] = U,     ['J'] = U,     ['K'] = U,     ['L'] = U,     ['M'] = U,
    ['N'] = U,     ['O'] = U,     ['P'] = U, ['Q'] = U, ['R'] = U,     ['S'] = U,     ['T'] = U,     ['U'] = U,     ['V'] = U,
    ['W'] = U,     ['X'] = U,     ['Y'] = U, ['Z'] = U, ['a'] = L | H, ['b'] = L | H, ['c'] = L | H, ['d'] = L | H, ['e'] = L | H,
    ['f'] = L | H, ['g'] = L,     ['h'] = L, ['i'] = L, ['j'] = L,     ['k'] = L,     ['l'] = L,     ['m'] = L,     ['n'] = L,
    ['o'] = L,     ['p'] = L,     ['q'] = L, ['r'] = L, ['s'] = L,     ['t'] = L,     ['u'] = L,     ['v'] = L,     ['w'] = L,
    ['x'] = L,     ['y'] = L,     ['z'] = L,
};

size_t ascii_span(const char *text, size_t length, unsigned accepted) {
  size_t n = 0;
  while (n < length && classes[(unsigned char)text[n]] & accepted) n++;
  return n;
}
