//! What a representative may do in the account of whom he acts for, and what he may not. Every operation by which a patient
//! changes something stands in one of the two lists, and a test over the contract holds them complete; what stands in neither is refused.

/// Operations that a representative may call.
pub const BY_REPRESENTATION: &[&str] = &[
    "signOut",
    "endSession",
    "putProfile",
    "createAttestation",
    "createInsurancePolicy",
    "deleteInsurancePolicy",
    "putInsurancePolicyScan",
    "acceptPolicy",
    "createBooking",
    "cancelBooking",
    "joinWaitingList",
    "leaveWaitingList",
    "acceptOffer",
    "declineOffer",
    "moveBooking",
    "createBookingSeries",
    "createBookingWish",
    "withdrawBookingWish",
    "beginPayment",
    "deletePaymentMethod",
    "createDocument",
    "deleteDocument",
    "putDocumentContent",
    "createConversation",
    "createMessage",
    "markConversationRead",
    "closeConversation",
    "createTicket",
    "addTicketMessage",
    "createScreenshot",
    "putScreenshotContent",
    "reviewScreenshot",
    "createFeedback",
    "putDevice",
    "deleteDevice",
    "sendTelemetry",
    "putPreferences",
    "readNotification",
    "readNotifications",
    "createExport",
    // What he may ask of those who hold the data, and what he says against it.
    "createRequest",
    "withdrawRequest",
    "createDisagreement",
    "withdrawDisagreement",
    "createEnrolment",
    "endEnrolment",
    // Less of his data is used: nobody is harmed by it.
    "withdrawConsent",
    "withdrawConsents",
    "putFreeze",
    "liftFreeze",
    // What he shares is clinical: from whom that is shielded he shares none.
    "createShare",
    "endShare",
];

/// Operations that are the represented person's alone, or would let a representative make himself, or another, more than he is.
pub const NOT_BY_REPRESENTATION: &[&str] = &[
    // The end of the account, and the way into it.
    "deleteMe",
    "undoDeletion",
    "changePassword",
    "askContactCode",
    "confirmContact",
    "deleteEmail",
    "endOtherSessions",
    "renameSession",
    // A secret that would outlast the representation.
    "createCalendarFeed",
    "deleteCalendarFeed",
    // Consents that his care does not need: advertising, statistics.
    "giveConsent",
    // Who else acts for him, and for whom he acts himself.
    "createRepresentative",
    "endRepresentative",
    "createDependant",
    "redeemRepresentative",
    "createDependantTokens",
    "endDependant",
];

/// Whether a representative may change something by this operation of the contract.
pub fn lets_representatives_write(operation: &str) -> bool {
    BY_REPRESENTATION.contains(&operation)
}
