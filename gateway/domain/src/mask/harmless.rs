//! Words that stand where a secret would, and are none.

/// Words that stand for a value and are none: types, states, what forms and documents say.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    "abc", "any", "apikey", "array", "auto", "bearer", "blob", "bool", "boolean", "buffer", "byte", "bytes",
    "bytearray", "changed", "char", "const", "created", "default", "deleted", "dict", "disabled", "empty",
    "enabled", "encrypted", "expired", "external", "false", "field", "file", "float", "generated", "hash",
    "hidden", "include", "incorrect", "input", "int", "integer", "invalid", "key", "keyof", "list", "map",
    "masked", "missing", "mixed", "mypassword", "never", "nil", "none", "null", "number", "object", "omit",
    "ok", "option", "optional", "password", "passphrase", "passwd", "pending", "placeholder", "plain",
    "private", "prompt", "public", "read", "redacted", "required", "reset", "rotated", "same-origin",
    "secret", "self", "set", "str", "string", "super", "test", "text", "this", "token", "true", "type",
    "undefined", "unknown", "unset", "username", "user", "valid", "value", "varchar", "void", "write", "yes",
    "basic",
];

/// Parts of values that say "put yours here".
#[rustfmt::skip]
pub(super) const PLACEHOLDERS: &[&str] = &[
    "your-", "your_", "your ", "yourpass", "<", ">", "xxxx", "****", "•••", "…", "redacted", "placeholder",
    "${", "{{", "#{", "$(", "%(", "%s", "insert", "replace_me", "replace-me", "example",
];

/// How values begin that say where the real one is, or of what kind it is.
#[rustfmt::skip]
pub(super) const REFERENCES: &[&str] = &[
    "http://", "https://", "file:", "arn:", "vault:", "op://", "env:", "env.", "env(", "sha1-", "sha256-",
    "sha384-", "sha512-", "sha256:", "sha512:", "md5:", "ssm:", "secretsmanager:", "projects/",
    "process.env", "os.environ", "@env", "config.", "settings.", "self.", "this.", "id=", "refs/",
    "keyvault:", "awskms:", "gcpkms:", "ssh-rsa ", "ssh-ed25519 ",
];

/// Words of sentences; a passphrase of several words has none of them.
#[rustfmt::skip]
pub(super) const OF_SENTENCES: &[&str] = &[
    "a", "an", "and", "are", "at", "be", "can", "cannot", "do", "does", "enter", "field", "for", "forgot",
    "from", "has", "in", "incorrect", "invalid", "is", "missing", "must", "new", "no", "not", "of", "on",
    "or", "please", "required", "should", "the", "this", "to", "was", "with", "wrong", "you", "your",
    "don't", "reset", "change",
];
