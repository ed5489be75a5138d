//! A value whose `${NAME}`s are not filled in yet.

use super::Deferred;

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

    /// The value with one of `insertions` for each reference, in order
    pub(super) fn fill(self, insertions: &[Insertion]) -> (String, Vec<Deferred>) {
        if insertions.is_empty() {
            return (self.text, Vec::new());
        }
        let (mut filled, mut deferred) = (String::new(), Vec::new());
        let mut copied = 0;
        for (reference, insertion) in self.references.iter().zip(insertions) {
            filled.push_str(&self.text[copied..reference.before]);
            let start = filled.len();
            deferred.extend(insertion.deferred.iter().map(|one| Deferred {
                place: start + one.place,
                ..one.clone()
            }));
            filled.push_str(&insertion.text);
            copied = reference.before;
        }
        filled.push_str(&self.text[copied..]);
        (filled, deferred)
    }
}

/// What is inserted for a `${NAME}`
#[derive(Default)]
pub(super) struct Insertion {
    pub(super) text: String,
    /// What of it is not known yet
    pub(super) deferred: Vec<Deferred>,
}

impl Insertion {
    /// What is not known at all yet
    pub(super) fn deferred(name: &str, line: Option<usize>) -> Self {
        Self {
            text: String::new(),
            deferred: vec![Deferred {
                place: 0,
                name: name.to_owned(),
                line,
            }],
        }
    }
}
