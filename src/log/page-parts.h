/* page-parts: the files of src/page, which the build turns into bytes (src/page/parts.c). */
#ifndef QPOOL_PAGE_PARTS_H
#define QPOOL_PAGE_PARTS_H

#include <stddef.h>

extern const unsigned char page_html[], page_css[], page_js[];
extern const size_t page_html_len, page_css_len, page_js_len;

#endif
