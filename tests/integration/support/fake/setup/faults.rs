//! What goes wrong.

use super::super::fault::{Fault, When};
use super::Scope;

impl Scope {
    /// Lets a fault strike. Rules count on their own; all that strike a call act together.
    pub fn script(&self, when: When, fault: impl Into<Fault>) -> &Self {
        self.shared.script.add(when, fault.into());
        self
    }

    /// Forgets all faults.
    pub fn heal(&self) -> &Self {
        self.shared.script.clear();
        self
    }

    /// Closes the next connections without reading a byte.
    pub fn close_unread(&self, connections: usize) -> &Self {
        self.shared.leave_unread(connections);
        self
    }

    /// Lets all requests go on that hang.
    pub fn release(&self) -> &Self {
        self.shared.release();
        self
    }
}
