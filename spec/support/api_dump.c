/* Prints the tables of src/api/api.c for tools/dump.lua. Each row is a line with fields separated by
 * tabs. Offsets of strings are replaced by the strings. A line of an operation has the name of its
 * node and its full path. The lines of its parameters follow.
 *
 * The program exits with 1 if an index is out of range, because its reader cannot check this. */
#include <stdio.h>
#include <stdlib.h>

#include "api/api.h"
#include "api/lookup.h"

static void dump_fail(const char *what, unsigned index) {
  fprintf(stderr, "api_dump: %s %u is out of range\n", what, index);
  exit(1);
}

static void dump_name(uint16_t node, int depth) {
  if (depth >= LOOKUP_DEPTH) dump_fail("the ancestry of node", node);
  if (api_nodes[node].parent) {
    dump_name(api_nodes[node].parent, depth + 1);
    putchar('.');
  }
  fputs(API_STRING(api_nodes[node].name), stdout);
}

/* Prints the name of a field or, with "parameter", the wire name whose snake_case it is. */
static void dump_field(unsigned node, unsigned entry) {
  int is_named = entry >= api_named_field;
  if (is_named && entry - api_named_field >= api_param_count) dump_fail("parameter of field", entry);
  printf("%s\t%u\t%s\n", is_named ? "parameter_field" : "field", node, API_STRING(is_named ? api_param_table[entry - api_named_field].name : entry));
}

static void dump_nodes(void) {
  for (uint16_t i = 0; i < api_node_count; i++) {
    const struct api_node *n = &api_nodes[i];
    if (n->parent >= api_node_count || n->called >= api_node_count) dump_fail("parent or called of node", i);
    if (n->first_child + n->n_children > api_node_count) dump_fail("children of node", i);
    if (n->first_op + n->n_ops > api_op_count) dump_fail("operations of node", i);
    printf("node\t%u\t", i);
    dump_name(i, 0);
    printf("\t%s\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\n", API_STRING(n->name), n->parent, n->called, n->first_child, n->n_children, n->first_op, n->n_ops,
           n->arity, n->flags);
    for (unsigned f = 0; f < n->n_fields; f++) dump_field(i, api_fields[n->first_field + f]);
  }
}

static void dump_path(uint16_t path, int depth) {
  if (depth >= LOOKUP_DEPTH) dump_fail("the ancestry of path", path);
  if (api_paths[path].parent) dump_path((uint16_t)(api_paths[path].parent - 1), depth + 1);
  fputs(API_STRING(api_paths[path].suffix), stdout);
}

/* Returns the node of an operation. Other names of the node are skipped. */
static int dump_owner(uint16_t op) {
  for (uint16_t i = 0; i < api_node_count; i++)
    if (api_nodes[i].called == i && op >= api_nodes[i].first_op && op < api_nodes[i].first_op + api_nodes[i].n_ops) return i;
  return -1;
}

static void dump_params(uint16_t op) {
  for (unsigned i = 0; i < api_ops[op].n_params; i++) {
    const struct api_param *p = &api_param_table[api_params[api_ops[op].first_param + i]];
    printf("param\t%u\t%s\t%u\t%u\t%d\t%d\t%d\n", op, API_STRING(p->name), API_LOCATION(p->traits), (unsigned)API_CLASS(p->traits),
           (p->traits & API_REQUIRED) != 0, (p->traits & API_PERSONAL) != 0, (p->traits & API_HARMLESS) != 0);
  }
}

static void dump_ops(void) {
  static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  for (uint16_t i = 0; i < api_op_count; i++) {
    const struct api_op *op = &api_ops[i];
    int owner = dump_owner(i);
    if (op->method >= sizeof methods / sizeof *methods) dump_fail("method of operation", i);
    printf("op\t%u\t", i);
    if (owner >= 0) dump_name((uint16_t)owner, 0);
    printf("\t%u\t%s\t%s\t", op->kind, methods[op->method], API_STRING(api_products[op->product]));
    dump_path(op->path, 0);
    printf("%s\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\t%u\n", op->suffix ? ".json" : "", op->n_path, op->content, op->auth, op->open, op->scim,
           api_page_sizes[op->max_page], op->repeats, op->strings, op->is_idempotent);
    dump_params(i);
  }
}

static void dump_own(void) {
  for (uint16_t i = 0; i < api_verb_count; i++) {
    const struct api_verb *v = &api_verbs[i];
    printf("verb\t%u\t%s\t%u\t%s\t%s\n", v->node, API_STRING(v->name), v->op, API_STRING(v->fixed), API_STRING(v->positional));
  }
  for (uint16_t i = 0; i < api_alias_count; i++)
    printf("alias\t%u\t%s\t%u\t%u\n", api_aliases[i].op, API_STRING(api_aliases[i].name), api_aliases[i].target, api_aliases[i].reroute);
  for (uint16_t i = 0; i < api_fan_count; i++) {
    const struct api_fan *f = &api_fans[i];
    printf("fan\t%u\t%s\t%u\t%s\t%s\n", f->node, API_STRING(f->param), f->outer, API_STRING(f->through), API_STRING(f->inner));
  }
}

int main(void) {
  dump_nodes();
  dump_ops();
  dump_own();
  if (fflush(stdout) != 0 || ferror(stdout)) return 1;
  return 0;
}
