### English: the language of last resort. Every other file holds exactly these keys and placeholders.

## Problems: the value is the title, `.detail` says what happened and what the caller can do.

problem-malformed = The request can't be read
    .detail = The body is not valid JSON, or a parameter can't be read. Correct the request and send it again.
problem-invalid = Some fields need correction
    .detail = The fields listed in errors are missing, unknown or out of their limits. Correct them and send the request again.
problem-wrong_code = The code is wrong
    .detail = The code doesn't match or has expired. Check it, or ask for a new one.
problem-wrong_refresh_token = The session can't be renewed
    .detail = The refresh token is unknown, expired or already used. Sign in again.
problem-idempotency_key_required = An Idempotency-Key is needed
    .detail = This operation needs the header Idempotency-Key. Send a new random key, and the same key when you repeat the request.
problem-size_mismatch = The size differs from the declared one
    .detail = The number of bytes received is not the one that was declared. Send the whole content again.
problem-checksum_mismatch = The checksum doesn't match
    .detail = The content was damaged on its way. Send it again.
problem-content_not_as_declared = The content is not of the declared kind
    .detail = The file is not of the type that was declared. Choose another file or declare its true type.
problem-content_infected = The content is harmful
    .detail = The virus scanner found something harmful in this file, and nothing of it was kept. Check the device that it comes from.
problem-callback_rejected = This call was rejected
    .detail = It is not signed by the payment provider, or it is too old. Nothing was changed.
problem-unauthenticated = Sign-in is needed
    .detail = The access token is missing, expired or revoked. Renew the session or sign in again.
problem-sign_in_failed = Sign-in failed
    .detail = The login or the password is wrong, or the account is closed to sign-in. Check them and try again.
problem-forbidden = This is not allowed
    .detail = Your role doesn't allow this action. Ask the clinic if you think that it should.
problem-acceptance_required = A document awaits your acceptance
    .detail = Read and accept the current version of the policy, then repeat the action.
problem-profile_required = The profile is not complete
    .detail = Fill in your profile, then repeat the action.
problem-consent_required = A consent is needed
    .detail = This action needs a consent that hasn't been given or was withdrawn. Give it, then repeat the action.
problem-class_refused = This kind of data is not taken here
    .detail = This service doesn't collect data of this kind. Give it directly to your doctor or clinic.
problem-refused_by_profile = This service doesn't offer that
    .detail = The rules under which this service works don't provide for this action.
problem-read_only = Only reading is possible
    .detail = Nothing can be changed here. Contact the clinic to have a change made.
problem-not_by_representation = Only the person can do this
    .detail = You act as a representative. Only the patient can do this, from an account of their own.
problem-frozen = The data is frozen
    .detail = The processing of this data has been restricted. Lift the restriction, then repeat the action.
problem-step_up_required = A fresh sign-in is needed
    .detail = This action takes a sign-in of the last five minutes. Sign in again with a new code, then repeat it.
problem-known_fact_required = A code is not enough
    .detail = This number hasn't been used here for long and may have passed to somebody else. Give the birth date of the account's owner, or say that the number is yours now and begin an empty account. The desk helps, too.
problem-identity_check_required = An identity check is needed
    .detail = This takes a recorded check of who the patient is. The desk makes it: by phone, by mail or against a document.
problem-rights_notice_required = A notice of rights is needed
    .detail = Tell the patient his rights and record it, then repeat the action.
problem-password_change_required = The password must be changed
    .detail = Set a password of your own before going on.
problem-not_found = Not found
    .detail = There is no such object, or it isn't open to you. Check the address.
problem-method_not_allowed = The method is not allowed
    .detail = This address doesn't know the method. The header Allow names those that it does.
problem-not_acceptable = No such representation
    .detail = The answer can't be given in any of the formats asked for in Accept. Ask for another one.
problem-slot_taken = The time is already taken
    .detail = Somebody has just booked this time. Choose another one; the nearest free times may be listed in alternatives.
problem-slot_not_offered = The time is not offered
    .detail = The doctor doesn't receive at this time, or it is too soon or too far ahead. Choose a time from the timetable.
problem-booking_refused = Something stands against the booking
    .detail = The time itself is free. Look at what is named in reasons: an age, a limit, something unpaid. The clinic can help.
problem-too_late = Too late to do it oneself
    .detail = The term for doing this oneself has passed. Call the clinic: it still can.
problem-identifier_taken = This number is there already
    .detail = It stands in the profile already, or a policy of this insurer does: delete it first. At the desk: somebody is known by it; find him by it.
problem-login_taken = The login is already in use
    .detail = Choose another login.
problem-already_claimed = Already claimed
    .detail = Somebody else has taken this before you. Refresh the list.
problem-last_administrator = The last administrator stays
    .detail = Make somebody else an administrator of the whole installation first.
problem-state_conflict = Not possible in the present state
    .detail = The object has meanwhile moved on, and the action no longer fits. Fetch it again and decide anew.
problem-last_representative = You are the last representative
    .detail = Nobody could open this account without you. Ask the desk to record another representative.
problem-content_missing = The content is missing
    .detail = The object has no content yet. Upload it first.
problem-content_present = The content is already there
    .detail = The content was uploaded before and can't be replaced. Create a new object.
problem-policy_not_in_force = This version is not in force
    .detail = Another version of the policy is in force. Fetch the current one and accept that.
problem-not_withdrawable = This can't be withdrawn
    .detail = This consent is not given, so there is nothing to withdraw. What the law or the contract requires goes on without a consent; ask the data protection officer about it.
problem-deletion_pending = The account is being deleted
    .detail = A deletion has been ordered. Undo it while its grace period lasts, then repeat the action.
problem-refund_too_large = The refund is too large
    .detail = Less than that is left of what was paid. Read the charge again and choose a smaller amount.
problem-payment_declined = The payment was declined
    .detail = The bank or the payment service did not let it through. Try another way of paying.
problem-precondition_failed = The object has changed
    .detail = Somebody changed the object after you had read it. Fetch it again, then repeat the edit.
problem-too_large = The request is too large
    .detail = The body is larger than this address takes. Send less.
problem-uri_too_long = The address is too long
    .detail = The address exceeds the limit. Shorten its parameters.
problem-unsupported_media_type = The media type is not supported
    .detail = The header Content-Type is missing or not taken here. Send the type that the contract names.
problem-range_not_satisfiable = The range lies outside the content
    .detail = The requested range begins after the end of the content. Ask for a range within it.
problem-idempotency_key_reused = The Idempotency-Key was used before
    .detail = This key came earlier with another request. Use a new key for a new request.
problem-app_outdated = The app must be updated
    .detail = This version of the app is no longer served. Install the newest one from the shop it came from, then go on.
problem-rate_limited = Too many requests
    .detail = Wait for the number of seconds in Retry-After, then try again.
problem-headers_too_large = The headers are too large
    .detail = The headers exceed the limit. Send fewer or shorter ones.
problem-internal = An error on our side
    .detail = Something went wrong on the server. Try again later, and name the request id if you write to support.
problem-unavailable = Temporarily unavailable
    .detail = The service can't answer just now, and nothing was changed. Try again after the number of seconds in Retry-After.

## Faults: what is wrong with one field.

fault-required = this field is required
fault-unknown = there is no such field
fault-wrong_type = the value is of the wrong type
fault-too_long = the value is too long
fault-too_short = the value is too short
fault-out_of_range = the value is out of range
fault-bad_format = the value is not in the expected format
fault-bad_check_digit = the check digit doesn't match
fault-bad_characters = the value contains characters that are not allowed
fault-unknown_value = the value is not one of the possible ones
fault-in_the_past = the moment has already passed
fault-in_the_future = the moment has not come yet
fault-not_asked = this is not asked for here
fault-duplicate = the value is given twice
fault-too_common = the value is too easy to guess
fault-send_as_jpeg = this kind of picture is not taken: send it as JPEG or PNG
fault-card_number = numbers of payment cards are not taken here

# What stands against a booking, each a sentence.
reason-taken = The doctor has somebody else then.
reason-outside_hours = The doctor doesn't receive then.
reason-equipment_taken = The machine that the service needs is taken then.
reason-patient_busy = There is another visit of yours then.
reason-age_limit = The service is for another age.
reason-sex_limit = The service is for the other sex.
reason-too_many_open = You have as many visits to come as you may.
reason-too_many_moves = The visit was moved as often as you may.
reason-frozen = Access is frozen.
reason-unpaid_before = An earlier visit is not paid.
reason-too_soon = It is too soon.
reason-too_far = It is too far ahead.
reason-payer_not_taken = The service isn't paid for in this way.
reason-policy_missing = You have told no policy of this payer that is good on that day.

## Messages. An SMS is at most 70 characters, so that it stays one message in every alphabet.

sms-code = Code { $code }. Don't tell it to anyone, not even to the clinic.
sms-visitor = A visit was booked for you. Ask whoever booked it for details.
sms-visitor-cancelled = The visit that was booked for you is cancelled.
mail-code-subject = Your sign-in code
mail-code-body =
    Your sign-in code: { $code }

    Don't tell it to anyone: the clinic never asks for it.
    If you didn't ask for a code, ignore this letter.
sms-contact-code = Code { $code } for a change of contact. Don't tell it to anyone.
mail-contact-code-subject = Your code to confirm this address
mail-contact-code-body =
    Your code to confirm this address: { $code }

    Don't tell it to anyone: the clinic never asks for it.
    If you didn't ask for a code, ignore this letter.
sms-address-left = Sign-in by this number is off. Not you? Contact the clinic.
mail-address-left-subject = Sign-in by this address is off
mail-address-left-body = Sign-in by this address is off. If it wasn't you who did it, contact the clinic.

## The slip with a patient's login and password.

slip-title = Sign-in to your cabinet
slip-address = Where to sign in
slip-login = Login
slip-password = One-time password
slip-until = The password is valid until { $day }.
slip-first = Sign in and choose a password of your own at once: nothing else works before. Point the camera of your telephone at the square to come to the sign-in with the login filled in.
slip-lost = Lost it? Any desk of ours issues a new one against your identity document. It can't be restored by telephone, by e-mail or on the site, and nobody who works here will ask you for it.

## Doctors' specialities.

speciality-allergology = Allergology
speciality-cardiology = Cardiology
speciality-dentistry = Dentistry
speciality-dermatology = Dermatology
speciality-endocrinology = Endocrinology
speciality-familyMedicine = Family medicine
speciality-gastroenterology = Gastroenterology
speciality-gynaecology = Gynaecology
speciality-haematology = Haematology
speciality-infectiousDiseases = Infectious diseases
speciality-nephrology = Nephrology
speciality-neurology = Neurology
speciality-oncology = Oncology
speciality-ophthalmology = Ophthalmology
speciality-otorhinolaryngology = Otorhinolaryngology
speciality-paediatrics = Paediatrics
speciality-psychiatry = Psychiatry
speciality-psychology = Psychology
speciality-pulmonology = Pulmonology
speciality-rheumatology = Rheumatology
speciality-surgery = Surgery
speciality-therapy = General medicine
speciality-traumatology = Traumatology and orthopaedics
speciality-ultrasound = Ultrasound diagnostics
speciality-urology = Urology

## Personal data: what its classes hold, why somebody could open it, how it was erased.

class-identity = Names, birth date, sex, national numbers and policies
class-contact = Phones, e-mail addresses, devices and sessions
class-clinical = Medical documents, visits, messages with doctors
class-billing = Charges, payments and receipts
class-evidence = Consents, acceptances and requests
class-support = Support tickets, screenshots and reviews
class-telemetry = Usage statistics and crash reports
class-recording = Call recordings
class-security = Sign-ins and addresses
class-staff = Data of a staff account
basis-booking = You had booked a visit
basis-referral = A doctor had referred you
basis-contract = A contract that you are party to
basis-share = You had shared it
basis-moderation = You had given feedback that was to be checked
basis-ticket = You had asked support for help
basis-desk = You had called, written or come to the desk
basis-numberClaim = Somebody has shown that one of your numbers is his
basis-firstReader = A doctor who treats you marked what is private in a screenshot
basis-representation = As your legal representative
basis-author = Wrote it
basis-held = A held record was opened with a stated ground
basis-breakGlass = An emergency, with a stated ground
basis-certificate = A certificate of erasure was read
basis-conversation = You are talking with the doctor or the clinic
basis-lead = You had asked to be called back
basis-other = Another reason, kept in the trail
object-patient = Your profile
object-numberClaim = A number that was claimed
object-insurancePolicy = An insurance policy
object-document = A document
object-booking = A visit
object-representation = Representation
object-ticket = A ticket to support
object-screenshot = A screenshot
object-conversation = A conversation
object-message = A message
object-feedback = Feedback
object-charge = A charge
object-lead = An enquiry
object-certificate = A certificate of erasure
erasure-method-cryptoErasure = The data keys were destroyed; without them what they had sealed can no longer be read, in backups either once the wrapping key has ended
erasure-reason-subjectRequest = At the request of the person

## Conversations: what stands above them.

conversation-notice-doctor = Only you and the doctor read this. The doctor may not answer at once: in an emergency call { $phone }.
conversation-notice-operator = The clinic's reception reads this, and it is no medical staff: do not write about your health here. In an emergency call { $phone }.

## The archive of one's own data.

export-title = Your data, { $day }
export-about = This archive holds what this service knows of you. The folder { $data } has the same as { $format }, the folder { $files } your documents. { $manifest } names every file with its { $hash }, and { $signature } signs it with the key in { $key }. Data of other people is not in it.
export-room-identity = Who you are
export-room-privacy = Your consents, and who looked
export-room-devices = Your devices
export-room-telemetry = How you use the app
export-room-notifications = What you were told
export-room-documents = Your documents
export-room-billing = Charges and payments
export-room-scheduling = Your visits
export-room-consultations = Your conversations
export-room-support = Tickets and reviews
export-room-reception = At the desk
export-part-account = Account
export-part-sessions = Sign-ins
export-part-attestations = Your confirmations that the data is right
export-part-formerAddresses = Addresses given up
export-part-credentials = Login and password
export-part-acceptances = Accepted policies
export-part-consents = Consents
export-part-freezes = Access forbidden and allowed
export-part-identityChecks = Identity checks
export-part-emergencies = Openings in an emergency
export-part-accessLog = Who opened your data
export-part-purposes = What the data is used for
export-part-retention = How long it is kept
export-part-documents = Documents
export-part-recordIdentities = Who you were in the medical record
export-part-bookings = Visits
export-part-waitingList = What you wait for
export-part-offers = Times that were offered
export-part-reminders = Reminders
export-part-calendarFeeds = Private calendars
export-part-bookingWishes = Wishes for visits
export-part-episodes = Courses of treatment
export-part-registrations = Who entered you at the desk
export-part-rightsNotices = Notices of rights
export-part-merges = Accounts that were merged
export-field-state = State
export-field-createdAt = Created
export-field-at = When
export-field-title = Title
export-field-file = File
export-field-fileName = File name
export-field-authorName = Written by
export-field-startsAt = Begins
export-field-endsAt = Ends
export-field-doctorName = Doctor
export-field-from = From
export-field-to = To
export-field-part = Part of the day
export-field-endedAt = Ended
export-field-until = Until
export-field-dueAt = Due
export-field-clinicName = Clinic
export-field-serviceName = Service
export-field-complaint = Complaint
export-field-staffName = Staff member
export-field-staffRole = Role
export-field-basis = Basis
export-field-reason = Reason
export-field-surname = Surname
export-field-givenName = Given name
export-field-patronymic = Patronymic
export-field-birthDate = Birth date
export-field-contacts = Contacts
export-field-profile = Profile
export-field-deviceName = Device
export-field-text = Text
export-field-rule = Rule

## Notices. What leaves the house says nothing of what happened; titles and bodies are shown after sign-in.

notice-sms = You have a message in the clinic's app.
notice-mail-subject = You have a message
notice-mail-body = You have a message in the clinic's app. Open the app to read it.
notice-bookingConfirmed = The visit is booked
    .body = Open the booking to see when and where.
notice-bookingCancelled = The visit is cancelled
    .body = The time is free again. You can choose another one.
notice-bookingMoved = The visit is moved
    .body = Open the booking to see when and where it is now.
notice-paymentNeeded = A payment is awaited
    .body = The time is kept for a few minutes. Pay to confirm the visit.
notice-paymentFailed = The payment did not go through
    .body = Nothing was charged. Try again or choose another way to pay.
notice-refundMade = A refund was made
    .body = The money comes back in the way it was paid; a bank may need some days.
notice-messageReceived = A new message
    .body = Open the conversation to read and answer.
notice-documentAdded = A new document
    .body = A doctor has added a document to your record.
notice-ticketAnswered = Support has answered
    .body = Open your request to read the answer.
notice-exportReady = Your data is ready
    .body = You can download the archive for a few days.
notice-freezeChanged = Access to your data has changed
    .body = A freeze was set or lifted. If it wasn't you, contact the clinic at once.
notice-credentialsReplaced = You were given a new login and password
    .body = The desk replaced them after it had checked who came. If that was not you, tell the clinic at once.
notice-identifierChanged = A number in your profile has changed
    .body = The clinic has settled whose a number is: it joined your profile or left it. If that is wrong, contact the clinic.
notice-feedbackAsked = How was the visit?
    .body = Tell us in a minute; it helps to do better.
notice-emergencyAccess = A doctor opened your record in an emergency
    .body = He stated why, and the clinic checks it. Who it was stands in your access log.
notice-emergencyAlert = A record was opened in an emergency
    .body = Read the ground that the doctor stated, and check it.
notice-sessionReplayed = A sign-in was ended
    .body = Somebody may have used your session a second time, so it was ended. Check your devices.
notice-contactChanged = Your contacts have changed
    .body = A phone or an e-mail that leads into your account was added, changed or removed. If it wasn't you, contact the clinic at once.
notice-deletionBegun = The deletion of your account has begun
    .body = You can undo it until the day that was named to you.
notice-representationChanged = Representatives have changed
    .body = Somebody may now act for another person, or no longer may. Open the app to see who.
notice-offerMade = A time became free
    .body = It is kept for you for a short while. Open the offer to take it or to decline.
notice-visitReminder = You have a visit soon
    .body = Open the booking to see when and where.
reminder-sms = A reminder: open the clinic's app to see what is coming.
reminder-mail-subject = A reminder
reminder-mail-body = A reminder of what is coming is in the clinic's app. Open the app to read it.
calendar-visit = Visit
calendar-busy = Busy
notice-marketing = News from the clinic
    .body = Open the app to read more.
campaign-news = News from the clinic
    .body = We have something new for you. Open the app to read more.

visit-slip-title = Visit
visit-slip-patient = Patient
visit-slip-when = When
visit-slip-doctor = Doctor
visit-slip-service = Service
visit-slip-where = Where
visit-slip-phone = Phone
visit-slip-bring = Bring an identity document. Please come ten minutes earlier.
visit-slip-cancel = To cancel, call the clinic or come to the desk.

## Who may call an operation, in the order of access.

caller-anyone = Anyone
caller-self = A patient, for his own
caller-doctor = Doctor
caller-reception = Reception
caller-callCentre = Call centre
caller-support = Support
caller-insurer = Insurer
caller-officer = Data protection officer
caller-auditor = Auditor
caller-administrator = Administrator
