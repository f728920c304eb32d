//! What the Rego engine says went wrong, as a place and a sentence. It draws the line with a caret; people get one line.

/// Longest part of the engine's words that is repeated.
const MAX_SAYS: usize = 300;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegoError {
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) says: String,
}

impl RegoError {
    pub(crate) fn of(error: &impl std::fmt::Display) -> Self {
        let text = error.to_string();
        let place = text.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        let (file, line) = place.map(file_and_line).unwrap_or_default();
        let says = text.lines().find_map(|line| line.trim_start().strip_prefix("error: "));
        let says = says.or_else(|| text.lines().find(|line| !line.trim().is_empty()));
        Self { file, line, says: sentence(says.unwrap_or("The engine gave no reason")) }
    }

    /// For one line: `delivery.rego:41: Expected `}`.`
    pub(crate) fn in_one_line(&self) -> String {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => format!("{file}:{line}: {}", self.says),
            _ => self.says.clone(),
        }
    }
}

/// Of `delivery.rego:41:3`.
fn file_and_line(place: &str) -> (Option<String>, Option<u32>) {
    let mut parts = place.trim().rsplitn(3, ':');
    let (_column, line, file) = (parts.next(), parts.next(), parts.next());
    (file.map(str::to_owned), line.and_then(|line| line.parse().ok()))
}

fn sentence(says: &str) -> String {
    let plain = says.trim().trim_end_matches(['.', ':']).chars().filter(|c| !c.is_control());
    let mut letters = plain.take(MAX_SAYS);
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_a_place_and_a_sentence() {
        // REQ-DELIVER-05
        let drawn = "\n--> own.rego:3:7\n  |\n3 | deny conta\n  |      ^\nerror: expecting `}`";
        let error = RegoError::of(&drawn);
        assert_eq!(error.in_one_line(), "own.rego:3: Expecting `}`.");
        let plain = RegoError::of(&"execution exceeded time limit");
        assert_eq!(plain.in_one_line(), "Execution exceeded time limit.");
        assert_eq!(RegoError::of(&"").says, "The engine gave no reason.");
    }
}
