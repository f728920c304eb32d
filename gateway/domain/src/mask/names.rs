//! What a name promises of its value: `DB_PASSWORD`, `clientSecret`, `x-api-key`, read by its last words.

use super::judge::Promise;

#[rustfmt::skip]
const STRONG: &[&str] = &[
    "password", "passwd", "passphrase", "passwort", "passcode", "kennwort", "pwd", "requirepass",
    "securestring", "bindpw", "rootpw", "masterauth", "senha", "psk", "identifiedby", "contrasea",
];

#[rustfmt::skip]
const LIKELY: &[&str] = &[
    "secret", "credential", "credentials", "apikey", "accesskey", "secretkey", "privatekey", "encryptionkey",
    "signingkey", "signaturekey", "masterkey", "accountkey", "authkey", "sharedkey", "clientkey",
    "storagekey", "sessionkey", "servicekey", "licensekey", "hmackey", "aeskey", "cipherkey", "cryptkey",
    "adminkey", "rootkey", "deploykey", "webhookkey", "subscriptionkey", "sharedaccesskey", "appkey",
    "applicationkey", "securitykey", "consumerkey", "integrationkey", "jwtkey", "rsakey", "basickey",
    "botkey",
];

/// Before `key`, `token` or `secret`, what makes it one of another kind.
#[rustfmt::skip]
const HARMLESS: &[&str] = &[
    "public", "primary", "foreign", "cache", "sort", "partition", "row", "object", "translation", "i18n",
    "lang", "hot", "short", "idempotency", "publishable", "query", "group", "routing", "event", "registry",
    "host", "known", "composite", "unique", "index", "hash", "range", "s3", "next", "page", "continuation",
    "pagination", "sync", "cursor", "eos", "bos", "pad", "special", "stop", "existing", "pull", "tls", "map",
    "dict", "config", "node", "item", "react", "locale", "restore", "metric", "storage_map", "arrow",
    "enter", "design", "no", "any", "issue", "jira", "project", "dedup", "correlation", "message", "sub",
];

/// Words behind the one that counts.
#[rustfmt::skip]
const TRAILING: &[&str] = &[
    "value", "text", "plain", "plaintext", "base", "data", "prod", "production", "dev", "staging", "stage",
    "live", "test", "local", "old", "new", "current", "primary", "secondary", "backup", "default", "b64",
    "base64", "encoded", "raw", "root", "admin", "main", "ci", "v1", "v2", "string", "confirm",
    "confirmation", "again", "repeat", "user", "master", "replica",
];

/// None where it promises nothing.
pub(super) fn promise(name: &[u8]) -> Option<Promise> {
    let mut words = words(name);
    while words.len() > 1 && words.last().is_some_and(|last| is_trailing(last)) {
        words.pop();
    }
    let (last, earlier) = words.split_last()?;
    let joined = words.concat();
    let ends = |all: &[&str]| all.iter().any(|end| joined.ends_with(end));
    let earlier_last = earlier.last().map_or("", String::as_str);
    let is_harmless = HARMLESS.contains(&earlier_last);
    if ends(STRONG) {
        return Some(Promise::Strong);
    }
    if is_harmless {
        return None;
    }
    match &**last {
        "pass" | "pw" => Some(Promise::Strong),
        _ if ends(LIKELY) => Some(Promise::Likely),
        "token" | "key" | "auth" | "sig" | "signature" | "pat" | "sessionid" => Some(Promise::Weak),
        one if one.ends_with("token") || one.ends_with("dbpass") || one.ends_with("storepass") => {
            Some(Promise::Weak)
        }
        _ => None,
    }
}

fn is_trailing(word: &str) -> bool {
    TRAILING.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// In small letters, parted at signs and humps.
fn words(name: &[u8]) -> Vec<String> {
    let mut words: Vec<String> = vec![];
    let mut last = b'_';
    for (n, &byte) in name.iter().enumerate() {
        let next_is_small = name.get(n + 1).is_some_and(u8::is_ascii_lowercase);
        let hump = byte.is_ascii_uppercase()
            && (!last.is_ascii_uppercase() && last != b'_' || next_is_small && last.is_ascii_uppercase());
        let digits =
            byte.is_ascii_digit() && last.is_ascii_alphabetic() && !matches!(last, b's' | b'v' | b'b');
        if byte.is_ascii_alphanumeric() {
            if hump || digits || !last.is_ascii_alphanumeric() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.push(char::from(byte.to_ascii_lowercase()));
            }
        }
        last = byte;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_promises_by_its_last_words() {
        // REQ-PROOF-04
        for name in [
            "DB_PASSWORD",
            "rootPassword2",
            "spring.datasource.password",
            "MYSQL_PWD",
            "passwordConfirmation",
        ] {
            assert_eq!(promise(name.as_bytes()), Some(Promise::Strong), "{name}");
        }
        for name in [
            "client-key-data",
            "SECRET_KEY_BASE",
            "apiKey",
            "aws_secret_access_key",
            "AccountKey",
            "x-api-key",
        ] {
            assert_eq!(promise(name.as_bytes()), Some(Promise::Likely), "{name}");
        }
        for name in ["token", "GITHUB_TOKEN", "authToken", "_auth", "key"] {
            assert_eq!(promise(name.as_bytes()), Some(Promise::Weak), "{name}");
        }
        for name in [
            "tokenizer",
            "max_tokens",
            "author",
            "monkey",
            "password_length",
            "secretName",
            "cache-key",
            "AWS_ACCESS_KEY_ID",
            "compass",
        ] {
            assert_eq!(promise(name.as_bytes()), None, "{name}");
        }
    }
}
