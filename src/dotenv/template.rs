//! A value whose `${NAME}`s are not filled in yet.

/// The literal text of a value, and the names that are inserted into it
#[derive(Default)]
pub(super) struct Template<'t> {
    text: String,
    references: Vec<Reference<'t>>,
}

/// A `${NAME}` and where it stands
pub(super) struct Reference<'t> {
    /// How much of the literal text comes before it
    before: usize,
    pub(super) name: &'t str,
    pub(super) line: usize,
}

impl<'t> Template<'t> {
    pub(super) fn literal(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn reference(&mut self, name: &'t str, line: usize) {
        self.references.push(Reference {
            before: self.text.len(),
            name,
            line,
        });
    }

    pub(super) fn references(&self) -> &[Reference<'t>] {
        &self.references
    }

    /// The value with one of `values` for each reference, in order
    pub(super) fn fill(self, values: &[String]) -> String {
        if values.is_empty() {
            return self.text;
        }
        let mut filled = String::new();
        let mut copied = 0;
        for (reference, value) in self.references.iter().zip(values) {
            filled.push_str(&self.text[copied..reference.before]);
            filled.push_str(value);
            copied = reference.before;
        }
        filled.push_str(&self.text[copied..]);
        filled
    }
}
