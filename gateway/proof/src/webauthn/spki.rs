//! Public keys as SubjectPublicKeyInfo (RFC 5280), in DER.

/// Everything before the key itself, which has one length only.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
    0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
const ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// `rsaEncryption` without parameters.
const RSA: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

pub(super) fn p256(point: &[u8]) -> Vec<u8> {
    [P256, point].concat()
}

pub(super) fn ed25519(key: &[u8]) -> Vec<u8> {
    [ED25519, key].concat()
}

pub(super) fn rsa(n: &[u8], e: &[u8]) -> Vec<u8> {
    let key = tagged(SEQUENCE, &[integer(n), integer(e)].concat());
    let bits = tagged(BIT_STRING, &[&[0], &key[..]].concat());
    tagged(SEQUENCE, &[RSA, &bits].concat())
}

/// Never negative: a zero stands before a first bit that is set.
fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    tagged(INTEGER, &[sign, number].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let first = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
    let short = &length[first..];
    let head = match short {
        [one] if *one < 0x80 => vec![tag, *one],
        // At most eight bytes, so the sum is a byte too.
        more => [&[tag, 0x80 | more.len() as u8], more].concat(),
    };
    [&head[..], content].concat()
}
