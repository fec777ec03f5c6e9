/* SPDX-License-Identifier: ISC */
#include "pages.h"

#include <string.h>

#include "disk.h"
#include "http.h"
#include "say.h"
#include "stats.h"
#include "tar.h"

static struct tar archive;

/* Types by the last letters of a name (RFC 9110, 8.3). */
static const struct {
    const char *suffix, *type;
} types[] = {
        {".html", "text/html; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".css", "text/css"},
        {".js", "text/javascript"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
};

static const char index_html[] =
        "<!DOCTYPE html>\n<title>It works</title>\n<h1>It works</h1>\n"
        "<p>This page comes out of a unikernel's memory. Another one may be on its disk: "
        "a tar archive with an index.html.\n"
        "<p><a href=\"/stats\">What it has done so far</a>\n";

/* 64 KiB of lines, for measurements. */
#define LINE "Sixty-four bytes with the newline, as easy to count as it gets.\n"
#define FOUR(s) s s s s
static const char lines[] = FOUR(FOUR(FOUR(FOUR(FOUR(LINE)))));
_Static_assert(sizeof lines - 1 == 64 * 1024, "lines of 64 bytes");

static const struct {
    const char *path;
    const char *content;
    size_t size;
} built_in[] = {
        {"/index.html", index_html, sizeof index_html - 1},
        {"/64k.txt", lines, sizeof lines - 1},
};

static const char *type_of(const char *path)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t m = strlen(types[i].suffix);
        if (n >= m && strcmp(path + n - m, types[i].suffix) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

static bool find_stats(struct page *p, const char *path)
{
    static char buffer[1024];
    struct text t = {.at = buffer, .size = sizeof buffer};

    if (strcmp(path, "/stats") != 0)
        return false;
    stats_json(&t);
    *p = (struct page){.type = "application/json", .size = t.used, .memory = buffer};
    return true;
}

static bool find_in_archive(struct page *p, const char *path)
{
    const struct tar_file *f = tar_find(&archive, path + 1);

    if (!f)
        return false;
    *p = (struct page){.type = type_of(path), .size = f->size, .offset = f->offset};
    return true;
}

static bool find_built_in(struct page *p, const char *path)
{
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
        if (strcmp(path, built_in[i].path) != 0)
            continue;
        *p = (struct page){.type = type_of(path),
                .size = built_in[i].size,
                .memory = built_in[i].content};
        return true;
    }
    return false;
}

bool pages_find(struct page *p, const char *path)
{
    static char with_index[HTTP_PATH_MAX + sizeof "index.html"];
    size_t n = strlen(path);

    if (path[n - 1] == '/') {
        memcpy(with_index, path, n);
        memcpy(with_index + n, "index.html", sizeof "index.html");
        path = with_index;
    }
    return find_stats(p, path) || find_in_archive(p, path) || find_built_in(p, path);
}

static bool read_block(uint64_t offset, uint8_t block[static TAR_BLOCK])
{
    const uint8_t *b = disk_at(offset, TAR_BLOCK);

    if (b)
        memcpy(block, b, TAR_BLOCK);
    return b != NULL;
}

void pages_open(void)
{
    const char *wrong = "there is none";

    if (disk_open("disk"))
        wrong = tar_open(&archive, read_block, disk_capacity());
    say("httpd: the disk has ");
    say_number(archive.count);
    say(archive.count == 1 ? " file" : " files");
    if (wrong) {
        say("; ");
        say(wrong);
    }
    say("\n");
}
