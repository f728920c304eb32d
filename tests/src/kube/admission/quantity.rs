//! Amounts as Kubernetes writes them: `500m`, `1`, `512Mi`. Reckoned in thousandths.

const SUFFIXES: [(&str, f64); 11] = [
    ("Ki", 1_024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("m", 0.001),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("", 1.0),
];

#[allow(clippy::cast_possible_truncation, reason = "amounts of a test are far below the limit")]
pub(in crate::kube) fn read(text: &str) -> i128 {
    let split = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let factor = SUFFIXES.iter().find(|(name, _)| *name == suffix).map_or(1.0, |(_, factor)| *factor);
    (number.parse::<f64>().unwrap_or_default() * factor * 1000.0).round() as i128
}

/// From a field of an object, where a number may stand as a number.
pub(in crate::kube) fn of(value: &serde_json::Value) -> i128 {
    match value.as_str() {
        Some(text) => read(text),
        None => value.as_i64().map_or(0, |number| i128::from(number) * 1000),
    }
}

pub(in crate::kube) fn write(thousandths: i128) -> String {
    if thousandths % 1000 != 0 {
        return format!("{thousandths}m");
    }
    let whole = thousandths / 1000;
    let binary = [("Gi", 1_073_741_824), ("Mi", 1_048_576), ("Ki", 1_024)];
    let fits = binary.into_iter().find(|(_, unit)| whole != 0 && whole % unit == 0);
    fits.map_or_else(|| whole.to_string(), |(suffix, unit)| format!("{}{suffix}", whole / unit))
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn amounts_are_read_and_written() {
        for text in ["500m", "1", "512Mi", "3Gi", "0", "64Ki"] {
            assert_eq!(write(read(text)), text);
        }
        assert_eq!(write(read("0.5")), "500m");
        assert_eq!(read("1G"), 1_000_000_000_000);
    }
}
