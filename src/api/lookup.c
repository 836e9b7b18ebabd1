#include "api/lookup.h"

#include <stdio.h>
#include <string.h>

#include "support/ascii.h"
#include "support/misuse.h"
#include "text/wire_text.h"

/* ---- nodes ---- */

const char *lookup_node_name(uint16_t node) {
  return API_STRING(api_nodes[node].name);
}

int lookup_ancestry(uint16_t node, uint16_t out[LOOKUP_DEPTH]) {
  int n = 0;
  for (; node && n < LOOKUP_DEPTH; node = api_nodes[node].parent) out[n++] = node;
  return n;
}

static int is_transparent(uint16_t node) {
  return api_nodes[node].flags & API_TRANSPARENT;
}

/* The end of the node's children that are not transparent. The transparent ones follow. */
static uint16_t end_of_opaque(const struct api_node *n) {
  uint16_t end = (uint16_t)(n->first_child + n->n_children);
  while (end > n->first_child && is_transparent((uint16_t)(end - 1))) end--;
  return end;
}

/* Compares a name with that of a row, like strcmp. */
typedef int compare_row(const char *name, int row);

/* Finds a name among the rows from `from` to the one before `to`, which are sorted by name. Returns
 * -1 if it is not there. */
static inline int bisect_rows(int from, int to, compare_row *compare, const char *name) {
  while (from < to) {
    int middle = (from + to) / 2, order = compare(name, middle);
    if (order == 0) return middle;
    if (order < 0)
      to = middle;
    else
      from = middle + 1;
  }
  return -1;
}

static int compare_node(const char *name, int node) {
  return strcmp(name, lookup_node_name((uint16_t)node));
}

static void set_found_child(struct lookup_child *found, uint16_t node) {
  found->node = node;
  if (api_nodes[node].flags & API_OWN_ACCOUNT) found->own_account = api_nodes[node].called;
}

/* Searches the node's children first, and then the children of its transparent children, in order. */
static int find_below(uint16_t node, const char *name, struct lookup_child *found) {
  const struct api_node *n = &api_nodes[node];
  uint16_t middle = end_of_opaque(n), end = (uint16_t)(n->first_child + n->n_children);
  int child = bisect_rows(n->first_child, middle, compare_node, name);
  for (uint16_t i = middle; child < 0 && i < end; i++)
    if (strcmp(lookup_node_name(i), name) == 0) child = i;
  if (child >= 0) return set_found_child(found, (uint16_t)child), 1;
  for (uint16_t i = middle; i < end; i++) {
    if (!find_below(i, name, found)) continue;
    if (api_nodes[i].flags & API_OWN_ACCOUNT) found->own_account = api_nodes[i].called;
    return 1;
  }
  return 0;
}

/* Copies a name that ends in `_` without this character. Returns 0 for any other name. */
static int drop_underscore(const char *name, char out[LOOKUP_NAME_SIZE]) {
  size_t length = strlen(name);
  if (length < 2 || length > LOOKUP_NAME_SIZE || name[length - 1] != '_') return 0;
  memcpy(out, name, length - 1);
  out[length - 1] = '\0';
  return 1;
}

int lookup_child(uint16_t node, const char *name, struct lookup_child *found) {
  char plain[LOOKUP_NAME_SIZE];
  found->own_account = -1;
  return find_below(node, name, found) || (drop_underscore(name, plain) && find_below(node, plain, found));
}

/* The wire name of the parameter that names the field, or NULL. */
static const char *wire_of_field(uint16_t entry) {
  return entry < api_named_field ? NULL : API_STRING(api_param_table[entry - api_named_field].name);
}

static int compare_field(const char *name, int field) {
  uint16_t entry = api_fields[field];
  const char *wire = wire_of_field(entry);
  return wire ? wire_compare_snake(name, wire) : strcmp(name, API_STRING(entry));
}

int lookup_has_field(uint16_t node, const char *name, size_t length) {
  int from = api_nodes[node].first_field, to = from + api_nodes[node].n_fields;
  char text[LOOKUP_NAME_SIZE]; /* `name` need not be null-terminated */
  if (from == to) return 1;
  if (length >= sizeof text || memchr(name, '\0', length)) return 0;
  memcpy(text, name, length);
  text[length] = '\0';
  return bisect_rows(from, to, compare_field, text) >= 0;
}

int lookup_field(uint16_t node, int number, char out[LOOKUP_NAME_SIZE]) {
  const struct api_node *n = &api_nodes[node];
  if (number >= n->n_fields) return 0;
  uint16_t entry = api_fields[n->first_field + number];
  const char *wire = wire_of_field(entry);
  if (wire)
    wire_snake(wire, strlen(wire), out, LOOKUP_NAME_SIZE);
  else
    snprintf(out, LOOKUP_NAME_SIZE, "%s", API_STRING(entry));
  return 1;
}

/* ---- operations and verbs ---- */

static const struct {
  const char *name;
  int kind;
} kinds[] = {{"list", API_LIST},     {"iter", API_LIST},     {"stream", API_LIST}, {"count", API_LIST},  {"page", API_LIST},
             {"csv", API_LIST},      {"create", API_CREATE}, {"make", API_CREATE}, {"fetch", API_FETCH}, {"get", API_FETCH},
             {"update", API_UPDATE}, {"delete", API_DELETE}, {"patch", API_PATCH}};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

int lookup_kind(const char *verb) {
  for (size_t i = 0; i < N_KINDS; i++)
    if (*kinds[i].name == *verb && strcmp(kinds[i].name, verb) == 0) return kinds[i].kind;
  return -1;
}

int lookup_next_op(uint16_t node, int kind, int previous) {
  const struct api_node *n = &api_nodes[node];
  for (int i = previous < 0 ? n->first_op : previous + 1; i < n->first_op + n->n_ops; i++)
    if (kind < 0 || (int)api_ops[i].kind == kind) return i;
  return -1;
}

int lookup_has_op(uint16_t node, uint16_t op) {
  return op >= api_nodes[node].first_op && op - api_nodes[node].first_op < api_nodes[node].n_ops;
}

uint16_t lookup_op_node(uint16_t op, uint16_t preferred) {
  uint16_t node = preferred;
  for (uint16_t i = 1; !lookup_has_op(node, op) && i < api_node_count; i++)
    if (api_nodes[i].called == i && lookup_has_op(i, op)) node = i;
  return node;
}

const struct api_op *lookup_instance_op(uint16_t node, int n_sids) {
  const struct api_op *found = NULL;
  for (int i = lookup_next_op(node, -1, -1); i >= 0; i = lookup_next_op(node, -1, i)) {
    const struct api_op *op = &api_ops[i];
    if (op->kind == API_LIST || op->kind == API_CREATE) continue;
    if (op->kind == API_FETCH && op->n_path == n_sids) return op;
    if (!found || op->n_path > found->n_path) found = op;
  }
  return found;
}

/* Returns the index of the first verb of the node. If the node has no verbs, returns the index of the
 * next node's first verb. */
static uint16_t first_verb(uint16_t node) {
  uint16_t from = 0, to = api_verb_count;
  while (from < to) {
    uint16_t middle = (uint16_t)((from + to) / 2);
    if (api_verbs[middle].node < node)
      from = (uint16_t)(middle + 1);
    else
      to = middle;
  }
  return from;
}

const char *lookup_verb_name(uint16_t number) {
  return number < api_verb_count ? API_STRING(api_verbs[number].name) : NULL;
}

const struct api_verb *lookup_next_verb(uint16_t node, const struct api_verb *previous) {
  const struct api_verb *verb = previous ? previous + 1 : &api_verbs[first_verb(node)];
  return verb < api_verbs + api_verb_count && verb->node == node ? verb : NULL;
}

const struct api_verb *lookup_verb(uint16_t node, const char *name) {
  for (const struct api_verb *v = lookup_next_verb(node, NULL); v; v = lookup_next_verb(node, v))
    if (strcmp(API_STRING(v->name), name) == 0) return v;
  return NULL;
}

int lookup_verb_takes_params(const struct api_verb *verb) {
  const struct api_op *op = &api_ops[verb->op];
  return !*API_STRING(verb->fixed) && !*API_STRING(verb->positional) && (op->n_params > 0 || op->open);
}

const struct api_fan *lookup_next_fan(uint16_t node, const struct api_fan *previous) {
  for (const struct api_fan *fan = previous ? previous + 1 : api_fans; fan < api_fans + api_fan_count; fan++)
    if (fan->node == node) return fan;
  return NULL;
}

/* Whether the node has operations of this kind. A fan counts as a list. */
static int has_kind(uint16_t node, int kind) {
  return lookup_next_op(node, kind, -1) >= 0 || (kind == API_LIST && lookup_next_fan(node, NULL));
}

/* Whether verbs of this kind belong to a list. A single record does not have them. */
static int is_of_all(int kind) {
  return kind == API_LIST || kind == API_CREATE;
}

static int has_verb(uint16_t node, int kind, const char *name) {
  return kind >= 0 ? has_kind(node, kind) : lookup_verb(node, name) != NULL;
}

int lookup_has_verb(uint16_t node, const char *name) {
  return has_verb(node, lookup_kind(name), name);
}

int lookup_has_record_verb(uint16_t node, const char *name) {
  int kind = lookup_kind(name);
  return !is_of_all(kind) && has_verb(node, kind, name);
}

/* ---- parameters ---- */

const struct api_param *lookup_param_at(const struct api_op *op, int position) {
  return &api_param_table[api_params[op->first_param + position]];
}

static const char *wire_at(const struct api_op *op, int position) {
  return API_STRING(lookup_param_at(op, position)->name);
}

/* Compares a snake_case name with that of a row of api_params. */
static int compare_param(const char *snake, int row) {
  return wire_compare_snake(snake, API_STRING(api_param_table[api_params[row]].name));
}

/* Finds a parameter by its snake_case name. The parameters are sorted by these names. Returns its
 * position in the operation's list, or -1. */
static int bisect_params(const struct api_op *op, const char *snake) {
  int row = bisect_rows(op->first_param, op->first_param + op->n_params, compare_param, snake);
  return row < 0 ? -1 : row - op->first_param;
}

/* Finds `StartTime<` by its second name, start_time_less_than. */
static int find_inequality(const struct api_op *op, const char *name) {
  static const char *const endings[][3] = {{"_less_than", "_before", "<"}, {"_greater_than", "_after", ">"}};
  char first[LOOKUP_NAME_SIZE];
  size_t length = strlen(name);
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    const char *const *ending = endings[i];
    size_t tail = strlen(ending[0]);
    if (length <= tail || length >= sizeof first || strcmp(name + length - tail, ending[0]) != 0) continue;
    memcpy(first, name, length - tail);
    memcpy(first + length - tail, ending[1], strlen(ending[1]) + 1); /* shorter than the second name */
    int position = bisect_params(op, first);
    return position >= 0 && strchr(wire_at(op, position), *ending[2]) ? position : -1;
  }
  return -1;
}

static int is_snake(const char *name) {
  while (is_lower(*name) || is_digit(*name) || *name == '_') name++;
  return !*name;
}

static int find_wire(const struct api_op *op, const char *wire) {
  char snake[LOOKUP_NAME_SIZE];
  wire_snake(wire, strlen(wire), snake, sizeof snake);
  int position = bisect_params(op, snake);
  return position >= 0 && strcmp(wire_at(op, position), wire) == 0 ? position : -1;
}

static int find_param(const struct api_op *op, const char *name) {
  if (!is_snake(name)) return find_wire(op, name);
  int position = bisect_params(op, name);
  return position < 0 ? find_inequality(op, name) : position;
}

/* Returns the index of the operation's first alias. If the operation has no aliases, returns the index
 * of the next operation's first alias. */
static uint16_t first_alias(uint16_t op) {
  uint16_t i = 0;
  while (i < api_alias_count && api_aliases[i].op < op) i++;
  return i;
}

const struct api_alias *lookup_next_alias(uint16_t op, const struct api_alias *previous) {
  const struct api_alias *alias = previous ? previous + 1 : &api_aliases[first_alias(op)];
  return alias < api_aliases + api_alias_count && alias->op == op ? alias : NULL;
}

int lookup_param(uint16_t op_index, const char *name) {
  const struct api_op *op = &api_ops[op_index];
  char plain[LOOKUP_NAME_SIZE];
  int position = find_param(op, name);
  if (position >= 0) return position;
  for (const struct api_alias *a = lookup_next_alias(op_index, NULL); a; a = lookup_next_alias(op_index, a))
    if (!a->reroute && strcmp(API_STRING(a->name), name) == 0) return a->target;
  return drop_underscore(name, plain) ? find_param(op, plain) : -1;
}

static int is_named(const struct api_param *param, const char *wire, size_t length) {
  const char *known = API_STRING(param->name);
  for (size_t i = 0; i < length; i++)
    if (!known[i] || to_lower(known[i]) != to_lower(wire[i])) return 0;
  return !known[length];
}

int lookup_traits(const struct api_op *op, const char *wire, size_t length, unsigned *some, unsigned *all) {
  for (int i = 0; op && i < op->n_params; i++) {
    if (!is_named(lookup_param_at(op, i), wire, length)) continue;
    *some = *all = lookup_param_at(op, i)->traits;
    return 1;
  }
  int found = 0;
  for (uint16_t i = 0; i < api_param_count; i++) {
    if (!is_named(&api_param_table[i], wire, length)) continue;
    *some = api_param_table[i].traits | (found ? *some : 0);
    *all = api_param_table[i].traits & (found ? *all : ~0U);
    found = 1;
  }
  return found;
}

/* ---- paths ---- */

void lookup_path_start(struct lookup_path *p, uint16_t path) {
  p->n_rows = 0;
  p->rest = "";
  for (int row = path + 1; row && p->n_rows < LOOKUP_DEPTH; row = api_paths[row - 1].parent) p->rows[p->n_rows++] = (uint16_t)(row - 1);
}

/* The generator refuses a path with a segment that is a placeholder in part. */
int lookup_path_next(struct lookup_path *p, struct lookup_segment *segment) {
  while (!*p->rest) {
    if (!p->n_rows) return 0;
    p->rest = API_STRING(api_paths[p->rows[--p->n_rows]].suffix);
  }
  const char *text = p->rest + 1; /* after the slash */
  segment->is_placeholder = *text == '{';
  segment->text = text + segment->is_placeholder;
  const char *end = strchr(segment->text, segment->is_placeholder ? '}' : '/');
  segment->length = end ? (size_t)(end - segment->text) : strlen(segment->text);
  p->rest = segment->text + segment->length + segment->is_placeholder;
  return 1;
}

int lookup_last_segment(uint16_t path, struct lookup_segment *segment) {
  struct lookup_path p;
  int number = -1;
  lookup_path_start(&p, path);
  while (lookup_path_next(&p, segment)) number++;
  return number;
}

int lookup_placeholder(uint16_t path, int number, struct lookup_segment *segment) {
  struct lookup_path p;
  lookup_path_start(&p, path);
  while (lookup_path_next(&p, segment))
    if (segment->is_placeholder && number-- == 0) return 1;
  return 0;
}

/* Whether the text from `at` to `end` is a path of the template. Writes the segments that are SIDs. */
static int is_path_of(uint16_t path, const char *at, const char *end, struct lookup_segment *sids, int most) {
  struct lookup_path p;
  struct lookup_segment segment;
  int n = 0;
  lookup_path_start(&p, path);
  for (; lookup_path_next(&p, &segment);) {
    if (at == end || *at != '/') return 0;
    const char *text = ++at;
    while (at < end && *at != '/') at++;
    size_t length = (size_t)(at - text);
    if (!segment.is_placeholder && (length != segment.length || memcmp(text, segment.text, length) != 0)) return 0;
    if (!segment.is_placeholder) continue;
    if (!length || n == most || memchr(text, '%', length)) return 0;
    sids[n++] = (struct lookup_segment){text, length, 1};
  }
  return at == end;
}

int lookup_fetch_op(uint8_t product, const char *path, struct lookup_segment *sids, int most) {
  struct lookup_segment found[LOOKUP_DEPTH];
  int best = -1;
  size_t length = strcspn(path, "?#");
  if (most > LOOKUP_DEPTH) most = LOOKUP_DEPTH;
  for (uint16_t i = 0; i < api_op_count; i++) {
    const struct api_op *op = &api_ops[i];
    size_t tail = op->suffix ? strlen(".json") : 0;
    if (op->kind != API_FETCH || op->product != product || length < tail || memcmp(path + length - tail, ".json", tail) != 0) continue;
    if (best >= 0 && api_ops[best].n_path <= op->n_path) continue; /* the template with fewer placeholders wins */
    if (!is_path_of(op->path, path, path + length - tail, found, most)) continue;
    best = i;
    memcpy(sids, found, (size_t)op->n_path * sizeof *sids);
  }
  return best;
}

/* ---- near matches ---- */

void lookup_offer_children(struct suggestion *suggestion, uint16_t node) {
  const struct api_node *n = &api_nodes[node];
  for (uint16_t i = n->first_child; i < n->first_child + n->n_children; i++) {
    suggestion_offer(suggestion, lookup_node_name(i));
    if (is_transparent(i)) lookup_offer_children(suggestion, i);
  }
}

void lookup_offer_fields(struct suggestion *suggestion, uint16_t node) {
  char name[LOOKUP_NAME_SIZE];
  for (int i = 0; lookup_field(node, i, name); i++) suggestion_offer(suggestion, name);
}

void lookup_offer_verbs(struct suggestion *suggestion, uint16_t node, int is_record) {
  for (size_t i = 0; i < N_KINDS; i++)
    if (has_kind(node, kinds[i].kind) && !(is_record && is_of_all(kinds[i].kind))) suggestion_offer(suggestion, kinds[i].name);
  for (const struct api_verb *v = lookup_next_verb(node, NULL); v; v = lookup_next_verb(node, v)) suggestion_offer(suggestion, API_STRING(v->name));
}

void lookup_offer_params(struct suggestion *suggestion, uint16_t op) {
  char known[LOOKUP_NAME_SIZE];
  for (int i = 0; i < api_ops[op].n_params; i++) {
    const char *wire = wire_at(&api_ops[op], i);
    wire_snake(wire, strlen(wire), known, sizeof known);
    suggestion_offer(suggestion, known);
  }
  for (const struct api_alias *a = lookup_next_alias(op, NULL); a; a = lookup_next_alias(op, a)) suggestion_offer(suggestion, API_STRING(a->name));
}
