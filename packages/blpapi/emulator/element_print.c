/*
 * Elements as indented text, in the shape the genuine library prints them.
 */
#include "emulator.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  blpapi_StreamWriter_t write;
  void *stream;
  int spaces; /* a negative number keeps everything on one line */
} Printer;

static void say(const Printer *printer, const char *text) {
  printer->write(text, (int)strlen(text), printer->stream);
}

static void indent(const Printer *printer, int level) {
  int spaces = printer->spaces < 0 ? 0 : level * printer->spaces;
  for (int index = 0; index < spaces; index++) say(printer, " ");
}

static void end_line(const Printer *printer) { say(printer, printer->spaces < 0 ? " " : "\n"); }

static void print_value(const Printer *printer, const Element *element, size_t index) {
  const char *text = "";
  if (element->datatype == TYPE_BYTEARRAY) {
    say(printer, "<bytes>");
    return;
  }
  if (blpapi_Element_getValueAsString(element, &text, index) != 0) return;
  if (element->datatype == TYPE_STRING) say(printer, "\"");
  say(printer, text);
  if (element->datatype == TYPE_STRING) say(printer, "\"");
}

static void print_element(const Printer *printer, const Element *element, int level);

static void print_children(const Printer *printer, const Element *element, int level) {
  say(printer, "{");
  end_line(printer);
  for (uint32_t index = 0; index < element->many.count; index++)
    print_element(printer, &children(element)[index], level + 1);
  indent(printer, level);
  say(printer, "}");
}

static void print_items(const Printer *printer, const Element *element, int level) {
  say(printer, "{");
  end_line(printer);
  for (uint32_t index = 0; index < element->many.count; index++) {
    indent(printer, level + 1);
    if (is_complex(element)) {
      say(printer, element_name(element));
      say(printer, " = ");
      print_children(printer, complex_items(element)[index], level + 1);
    } else {
      print_value(printer, element, index);
    }
    end_line(printer);
  }
  indent(printer, level);
  say(printer, "}");
}

static void print_element(const Printer *printer, const Element *element, int level) {
  indent(printer, level);
  say(printer, element_name(element));
  say(printer, element->isArray ? "[] = " : " = ");
  if (element->isArray)
    print_items(printer, element, level);
  else if (is_complex(element))
    print_children(printer, element, level);
  else if (!element->isNull)
    print_value(printer, element, 0);
  end_line(printer);
}

int element_print(const Element *element, blpapi_StreamWriter_t write, void *stream, int level, int spaces) {
  if (element == NULL || write == NULL) return fail(ERROR_ILLEGAL_ARG, "Nothing to print");
  Printer printer = {.write = write, .stream = stream, .spaces = spaces};
  print_element(&printer, element, level < 0 ? -level : level);
  return 0;
}

int blpapi_Element_print(const blpapi_Element_t *element, blpapi_StreamWriter_t streamWriter, void *stream,
                         int level, int spacesPerLevel) {
  return element_print(element, streamWriter, stream, level, spacesPerLevel);
}
