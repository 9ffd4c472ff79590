/* page-parts: the files of src/log/page as bytes. The build makes src/log/page/parts.c from them. */
#ifndef QPOOL_PAGE_PARTS_H
#define QPOOL_PAGE_PARTS_H

#include <stddef.h>

extern const unsigned char page_html[], page_css[], page_js[];
extern const size_t page_html_len, page_css_len, page_js_len;

#endif
