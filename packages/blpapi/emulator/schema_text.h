/* The lines of the schema, ended by a null pointer; schema_text.c says what they look like. */
#ifndef TIDEGATE_SCHEMA_TEXT_H
#define TIDEGATE_SCHEMA_TEXT_H
extern const char *const schemaText[];
#endif
