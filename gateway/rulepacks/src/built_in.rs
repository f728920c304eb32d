//! The rules and numbers that come with the gateway.

/// Helpers first: both the built-in rules and a project's own import them.
pub(crate) const LIB: (&str, &str) = ("lib.rego", include_str!("../rego/lib.rego"));
pub(crate) const RULES: (&str, &str) = ("delivery.rego", include_str!("../rego/delivery.rego"));
/// What a project's own rules are asked for.
pub(crate) const OWN: (&str, &str) = ("own.rego", include_str!("../rego/own.rego"));
pub(crate) const NUMBERS: (&str, &str) = ("data.yaml", include_str!("../rego/data.yaml"));
