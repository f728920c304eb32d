//! What happened, as readable lines. Kept only for a run that is going to be shown.

#[derive(Default)]
pub struct Trace {
    wanted: bool,
    lines: Vec<String>,
}

impl Trace {
    pub fn wanted() -> Self {
        Self { wanted: true, lines: vec![] }
    }

    pub fn note(&mut self, now: u64, line: impl FnOnce() -> String) {
        if self.wanted {
            self.lines.push(format!("{:>9.3}s  {}", now as f64 / 1000.0, line()));
        }
    }

    pub fn into_lines(self) -> Vec<String> {
        self.lines
    }
}
