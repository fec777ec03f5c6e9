/* SPDX-License-Identifier: ISC */
/*
 * json.c: JSON to struct manifest. The grammar is jansson's business, the meaning
 * of each value is checked here.
 */
#include "json.h"

#include <jansson.h>
#include <string.h>

static const char *type_name(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a real number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        break;
    }
    return "null";
}

/* isalnum() would follow the locale. */
static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* An object at WHERE that has all of KEYS, a list ended by NULL, and no other. */
static int check_object(
        const json_t *o, const char *where, const char *const keys[], struct err *err)
{
    const char *shown = *where ? where : "(root)";
    const char *key;
    json_t *v;
    size_t i;

    if (!json_is_object(o))
        return err_set(err, "%s: expected an object, found %s", shown, type_name(o));
    /* The macro of jansson that iterates needs a non-const object. */
    json_object_foreach((json_t *)o, key, v)
    {
        for (i = 0; keys[i] && strcmp(keys[i], key) != 0; i++)
            continue;
        if (!keys[i])
            return err_set(err, "%s: unknown key: %.80s", shown, key);
    }
    for (i = 0; keys[i]; i++) {
        if (!json_object_get(o, keys[i]))
            return err_set(err, "%s: missing .%s", shown, keys[i]);
    }
    return 0;
}

/* The string KEY of the object at WHERE, or NULL. */
static const char *get_string(
        const json_t *o, const char *where, const char *key, struct err *err)
{
    const json_t *v = json_object_get(o, key);

    if (json_is_string(v))
        return json_string_value(v);
    err_set(err, "%s.%s: expected a string, found %s", where, key, type_name(v));
    return NULL;
}

static int check_name(
        const struct manifest *m, const char *where, const char *name, struct err *err)
{
    unsigned i;

    if (!*name)
        return err_set(err, "%s.name: a name may not be empty", where);
    for (const char *p = name; *p; p++) {
        if (!is_alnum(*p))
            return err_set(err, "%s.name: name is not alphanumeric: %.80s", where, name);
    }
    if (strlen(name) > MFT_NAME_MAX)
        return err_set(err, "%s.name: name too long, maximum %d characters", where,
                MFT_NAME_MAX);
    for (i = 1; i < m->entries; i++) {
        if (strcmp(m->e[i].name, name) == 0)
            return err_set(err, "%s.name: duplicate name: %s is .devices[%u], too",
                    where, name, i - 1);
    }
    return 0;
}

static int get_type(
        mft_type_t *type, const char *where, const char *name, struct err *err)
{
    static const mft_type_t known[] = {MFT_DEV_NET_BASIC, MFT_DEV_BLOCK_BASIC};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, manifest_type_name(known[i])) == 0) {
            *type = known[i];
            return 0;
        }
    }
    return err_set(err, "%s.type: unknown type: %.80s (known: NET_BASIC, BLOCK_BASIC)",
            where, name);
}

/* Append the device at INDEX of the source to M, which has room. */
static int add_device(struct manifest *m, const json_t *o, size_t index, struct err *err)
{
    static const char *const keys[] = {"name", "type", NULL};
    struct mft_entry *e = &m->e[m->entries];
    const char *name, *type;
    char where[32];

    snprintf(where, sizeof where, ".devices[%zu]", index);
    if (check_object(o, where, keys, err) < 0)
        return -1;
    if (!(name = get_string(o, where, "name", err)) ||
            !(type = get_string(o, where, "type", err)))
        return -1;
    if (check_name(m, where, name, err) < 0 || get_type(&e->type, where, type, err) < 0)
        return -1;
    memcpy(e->name, name, strlen(name) + 1);
    m->entries++;
    return 0;
}

static int add_devices(struct manifest *m, const json_t *list, struct err *err)
{
    size_t i;

    if (!json_is_array(list))
        return err_set(err, ".devices: expected an array, found %s", type_name(list));
    if (json_array_size(list) > MFT_MAX_ENTRIES - 1)
        return err_set(err, ".devices: too many entries, maximum %d",
                MFT_MAX_ENTRIES - 1);
    for (i = 0; i < json_array_size(list); i++) {
        if (add_device(m, json_array_get(list, i), i, err) < 0)
            return -1;
    }
    return 0;
}

static int fill(struct manifest *m, const json_t *root, struct err *err)
{
    static const char *const keys[] = {"type", "version", "devices", NULL};
    const json_t *version;
    const char *type;

    if (check_object(root, "", keys, err) < 0)
        return -1;
    if (!(type = get_string(root, "", "type", err)))
        return -1;
    if (strcmp(type, "solo5.manifest") != 0)
        return err_set(err, ".type: invalid value: %.80s (expected solo5.manifest)", type);
    version = json_object_get(root, "version");
    if (!json_is_integer(version))
        return err_set(err, ".version: expected an integer, found %s", type_name(version));
    if (json_integer_value(version) != MFT_VERSION)
        return err_set(err, ".version: invalid version: %lld (expected %d)",
                (long long)json_integer_value(version), MFT_VERSION);
    memset(m, 0, sizeof *m);
    m->version = MFT_VERSION;
    m->entries = 1;
    m->e[0].type = MFT_RESERVED_FIRST;
    return add_devices(m, json_object_get(root, "devices"), err);
}

int json_to_manifest(struct manifest *m, const char *text, size_t len, struct err *err)
{
    json_error_t where;
    json_t *root;
    int rc;

    if (len > JSON_SOURCE_MAX)
        return err_set(err, "too large, maximum %u bytes", JSON_SOURCE_MAX);
    /* jansson bounds the depth; DECODE_ANY leaves the kind of the root to us. */
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    if (!root)
        return err_set(err, "invalid JSON on line %d: %s", where.line, where.text);
    rc = fill(m, root, err);
    json_decref(root);
    return rc;
}

void json_print_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}
