# SPDX-License-Identifier: ISC
#
# Where pages may have 64 KiB, the linker's own script puts zeros into the file so that what is
# read-only after relocation ends with such a page. Made of that script: the rest of the page is only in
# memory, and the data behind it is a segment of its own, so each goes on in the file where the
# one before it ended.
s/^ *\. = DATA_SEGMENT_ALIGN *(.*$/  text_rest = . \& (CONSTANT (MAXPAGESIZE) - 1);\
&\
  . = ALIGN (CONSTANT (MAXPAGESIZE)) + text_rest;/
s/^ *\. = DATA_SEGMENT_RELRO_END *(.*$/  relro_rest = . \& (CONSTANT (MAXPAGESIZE) - 1);\
  .relro_padding : { . = ALIGN (CONSTANT (MAXPAGESIZE)); }\
&\
  . = . + relro_rest;/
