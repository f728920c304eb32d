//! What the agent recommends: it marks an option in its label.

use super::{Ask, AskBody, Question};

const RECOMMENDED: &str = "(recommended)";

impl Ask {
    /// The option that the agent marked as recommended, for each question.
    pub(crate) fn recommended(&self) -> Option<Vec<Vec<String>>> {
        let AskBody::Question { questions } = &self.body else { return None };
        let marked = |question: &Question| {
            let option = question.options.iter().find(|label| is_recommended(label));
            option.map(|label| vec![label.clone()])
        };
        questions.iter().map(marked).collect()
    }
}

pub(crate) fn is_recommended(label: &str) -> bool {
    label.to_lowercase().contains(RECOMMENDED)
}

/// The label without its mark, which is drawn as one.
pub(crate) fn plain_label(label: &str) -> String {
    let end = |at: usize| at + RECOMMENDED.len();
    match label.to_lowercase().find(RECOMMENDED) {
        Some(at) if label.is_char_boundary(at) && label.is_char_boundary(end(at)) => {
            format!("{} {}", label[..at].trim_end(), label[end(at)..].trim_start()).trim().to_owned()
        }
        _ => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recommended_mark_is_taken_off() {
        assert_eq!(plain_label("Keep it (Recommended)"), "Keep it");
        assert_eq!(plain_label("Ä (recommended) b"), "Ä b");
        assert_eq!(
            plain_label("İİİİİİİ(recommended)"),
            "İİİİİİİ(recommended)",
            "its small letters are longer"
        );
    }
}
