//! The sender's side of a channel's credit.

/// What a sender may still send in one channel.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    sent: u64,
    consumed: u64,
    limit: u64,
}

impl Account {
    /// A fresh channel with its exclusive credit.
    pub fn open(limit: u64) -> Self {
        Self { sent: 0, consumed: 0, limit }
    }

    /// Whether a message that costs so much may be sent now.
    pub fn admits(&self, charge: u32) -> bool {
        charge == 0 || self.sent + u64::from(charge) <= self.limit || self.in_flight() == 0
    }

    /// It is sent.
    ///
    /// # Panics
    ///
    /// If it was not admitted.
    pub fn spend(&mut self, charge: u32) {
        assert!(self.admits(charge));
        self.sent += u64::from(charge);
    }

    /// Whether the receiver can have taken so much: it was sent.
    pub fn believes(&self, consumed: u64) -> bool {
        consumed <= self.sent
    }

    /// The receiver has spoken. An older word than the last one changes nothing.
    ///
    /// # Panics
    ///
    /// If it took more than was sent.
    pub fn credit(&mut self, consumed: u64, limit: u64) {
        assert!(self.believes(consumed), "a receiver took more than was sent");
        self.consumed = self.consumed.max(consumed);
        self.limit = self.limit.max(limit);
    }

    /// Bytes sent and not taken yet.
    pub fn in_flight(&self) -> u64 {
        self.sent - self.consumed
    }

    /// Bytes that may be sent at once.
    pub fn room(&self) -> u64 {
        self.limit.saturating_sub(self.sent)
    }

    /// Bytes that may have been sent since the channel was opened.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Bytes sent since the channel was opened.
    pub fn sent(&self) -> u64 {
        self.sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_the_limit_goes() {
        let mut account = Account::open(100);
        assert!(account.admits(100));
        account.spend(60);
        assert!(account.admits(40));
        assert!(!account.admits(41));
        assert_eq!((account.in_flight(), account.room()), (60, 40));
    }

    #[test]
    fn what_is_larger_than_any_limit_goes_alone() {
        let mut account = Account::open(100);
        account.spend(1);
        assert!(!account.admits(1000));
        account.credit(1, 101);
        assert!(account.admits(1000));
        account.spend(1000);
        assert!(!account.admits(1));
        account.credit(1001, 1101);
        assert!(account.admits(100));
    }

    #[test]
    fn events_cost_nothing_and_need_no_credit() {
        let mut account = Account::open(10);
        account.spend(10);
        assert!(account.admits(0));
    }

    #[test]
    fn an_old_word_changes_nothing() {
        let mut account = Account::open(10);
        account.spend(10);
        account.credit(10, 20);
        account.credit(4, 14);
        assert_eq!((account.in_flight(), account.room()), (0, 10));
    }
}
