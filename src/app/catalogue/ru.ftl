### Русский. Ключи и подстановки те же, что в en.ftl.

## Отказы: значение — заголовок, `.detail` — что случилось и что можно сделать.

problem-malformed = Запрос не удалось прочитать
    .detail = Тело запроса — не JSON, или один из параметров не читается. Исправьте запрос и отправьте его снова.
problem-invalid = Нужно исправить некоторые поля
    .detail = Поля, перечисленные в errors, пропущены, неизвестны или вышли за допустимые пределы. Исправьте их и отправьте запрос снова.
problem-wrong_code = Неверный код
    .detail = Код не подходит или истёк. Проверьте его или запросите новый.
problem-wrong_refresh_token = Сеанс нельзя продлить
    .detail = Токен обновления неизвестен, истёк или уже использован. Войдите заново.
problem-idempotency_key_required = Нужен ключ идемпотентности
    .detail = Для этой операции нужен заголовок Idempotency-Key. Передайте новый случайный ключ, а при повторе запроса — тот же самый.
problem-size_mismatch = Размер не совпадает с объявленным
    .detail = Получено не столько байтов, сколько было объявлено. Отправьте содержимое целиком ещё раз.
problem-checksum_mismatch = Контрольная сумма не совпадает
    .detail = Содержимое повредилось в пути. Отправьте его ещё раз.
problem-content_not_as_declared = Содержимое не того вида
    .detail = Файл не того типа, который объявлен. Выберите другой файл или укажите его настоящий тип.
problem-content_infected = Файл опасен
    .detail = Проверка нашла в этом файле вредоносный код, и он не сохранён. Проверьте устройство, с которого он отправлен.
problem-callback_rejected = Вызов отклонён
    .detail = Он не подписан платёжной системой или устарел. Ничего не изменилось.
problem-unauthenticated = Нужно войти
    .detail = Токен доступа отсутствует, истёк или отозван. Обновите сеанс или войдите заново.
problem-sign_in_failed = Войти не удалось
    .detail = Неверный логин или пароль, либо вход в учётную запись закрыт. Проверьте данные и попробуйте ещё раз.
problem-forbidden = Действие не разрешено
    .detail = Ваша роль не допускает этого действия. Если так быть не должно, обратитесь в клинику.
problem-acceptance_required = Нужно принять документ
    .detail = Прочтите и примите действующую редакцию документа, затем повторите действие.
problem-profile_required = Профиль не заполнен
    .detail = Заполните профиль, затем повторите действие.
problem-consent_required = Нужно согласие
    .detail = Для этого действия нужно согласие, которое не дано или отозвано. Дайте его и повторите действие.
problem-class_refused = Такие данные здесь не принимаются
    .detail = Этот сервис не собирает данные такого рода. Передайте их напрямую врачу или клинике.
problem-refused_by_profile = Здесь это не предусмотрено
    .detail = Правила, по которым работает этот сервис, не предусматривают такого действия.
problem-read_only = Доступно только чтение
    .detail = Здесь ничего нельзя изменить. Чтобы внести изменение, обратитесь в клинику.
problem-not_by_representation = Это может сделать только сам человек
    .detail = Вы действуете как представитель. Это действие совершает только сам пациент из своей учётной записи.
problem-frozen = Данные заблокированы
    .detail = Обработка этих данных ограничена. Снимите ограничение, затем повторите действие.
problem-step_up_required = Нужно войти заново
    .detail = Для этого действия нужен вход не более пяти минут назад. Войдите с новым кодом и повторите его.
problem-known_fact_required = Одного кода недостаточно
    .detail = Этим номером давно не пользовались, и он мог перейти к другому человеку. Укажите дату рождения владельца учётной записи или скажите, что номер теперь ваш, и начните с пустой учётной записи. Поможет и регистратура.
problem-identity_check_required = Нужна проверка личности
    .detail = Для этого нужна записанная проверка личности пациента. Её делает регистратура: по телефону, по почте или по документу.
problem-rights_notice_required = Нужно уведомление о правах
    .detail = Сообщите пациенту о его правах и запишите это, затем повторите действие.
problem-password_change_required = Нужно сменить пароль
    .detail = Прежде чем продолжить, задайте собственный пароль.
problem-not_found = Не найдено
    .detail = Такого объекта нет, или он вам недоступен. Проверьте адрес.
problem-method_not_allowed = Метод не поддерживается
    .detail = По этому адресу такой метод не работает. Допустимые перечислены в заголовке Allow.
problem-not_acceptable = Нет такого представления
    .detail = Ответ нельзя дать ни в одном из форматов, названных в Accept. Попросите другой.
problem-slot_taken = Время уже занято
    .detail = Это время только что занял кто-то другой. Выберите другое; ближайшее свободное может быть указано в alternatives.
problem-slot_not_offered = На это время записи нет
    .detail = Врач в это время не принимает, либо до приёма слишком мало или слишком много времени. Выберите время из расписания.
problem-booking_refused = Записаться нельзя
    .detail = Само время свободно. Причины названы в reasons: возраст, ограничение, неоплаченный счёт. Клиника поможет.
problem-too_late = Самостоятельно уже поздно
    .detail = Срок, в который это можно сделать самостоятельно, прошёл. Позвоните в клинику: она ещё может это сделать.
problem-identifier_taken = Такой номер уже есть
    .detail = Он или полис этого страховщика уже указан в профиле: сначала удалите его. В регистратуре: по нему уже кто-то известен, найдите его по этому номеру.
problem-login_taken = Логин уже занят
    .detail = Выберите другой логин.
problem-already_claimed = Уже взято
    .detail = Кто-то взял это раньше вас. Обновите список.
problem-last_administrator = Последний администратор остаётся
    .detail = Сначала назначьте администратором всей системы кого-то ещё.
problem-state_conflict = Сейчас это невозможно
    .detail = Состояние объекта успело измениться, и действие к нему больше не подходит. Запросите его заново и решите ещё раз.
problem-last_representative = Вы последний представитель
    .detail = Без вас эту учётную запись никто не сможет открыть. Попросите регистратуру записать другого представителя.
problem-content_missing = Содержимого ещё нет
    .detail = У объекта нет содержимого. Сначала загрузите его.
problem-content_present = Содержимое уже загружено
    .detail = Содержимое загружено раньше, и заменить его нельзя. Создайте новый объект.
problem-policy_not_in_force = Эта редакция не действует
    .detail = Действует другая редакция документа. Запросите её и примите.
problem-not_withdrawable = Отозвать это нельзя
    .detail = Это согласие не дано, отзывать нечего. То, чего требует закон или договор, делается и без согласия; об этом можно спросить ответственного за персональные данные.
problem-deletion_pending = Учётная запись удаляется
    .detail = Удаление уже назначено. Отмените его, пока срок отмены не вышел, затем повторите действие.
problem-refund_too_large = Возврат слишком велик
    .detail = От уплаченного осталось меньше. Запросите счёт заново и выберите меньшую сумму.
problem-payment_declined = Платёж отклонён
    .detail = Банк или платёжная система не пропустили его. Попробуйте заплатить иначе.
problem-precondition_failed = Объект изменился
    .detail = Кто-то изменил объект после того, как вы его прочитали. Запросите его заново и повторите правку.
problem-too_large = Запрос слишком велик
    .detail = Тело запроса больше, чем принимает этот адрес. Отправьте меньше.
problem-uri_too_long = Адрес слишком длинный
    .detail = Длина адреса превышает предел. Сократите параметры.
problem-unsupported_media_type = Тип содержимого не поддерживается
    .detail = Заголовок Content-Type отсутствует или здесь не принимается. Передайте тип, названный в контракте.
problem-range_not_satisfiable = Диапазон вне содержимого
    .detail = Запрошенный диапазон начинается после конца содержимого. Запросите диапазон внутри него.
problem-idempotency_key_reused = Ключ идемпотентности уже использован
    .detail = Этот ключ приходил раньше с другим запросом. Для нового запроса возьмите новый ключ.
problem-app_outdated = Обновите приложение
    .detail = Эта версия приложения больше не обслуживается. Установите новую из магазина приложений и продолжайте.
problem-rate_limited = Слишком много запросов
    .detail = Подождите столько секунд, сколько указано в Retry-After, и попробуйте ещё раз.
problem-headers_too_large = Заголовки слишком велики
    .detail = Размер заголовков превышает предел. Передайте их меньше или короче.
problem-internal = Ошибка на нашей стороне
    .detail = На сервере что-то пошло не так. Попробуйте позже, а в обращении в поддержку назовите номер запроса.
problem-unavailable = Временно недоступно
    .detail = Сервис сейчас не может ответить, и ничего не изменилось. Повторите через столько секунд, сколько указано в Retry-After.

## Что не так с одним полем.

fault-required = это поле обязательно
fault-unknown = такого поля нет
fault-wrong_type = значение не того типа
fault-too_long = значение слишком длинное
fault-too_short = значение слишком короткое
fault-out_of_range = значение вне допустимых пределов
fault-bad_format = значение не в том формате
fault-bad_check_digit = контрольная цифра не сходится
fault-bad_characters = в значении недопустимые символы
fault-unknown_value = такого значения нет среди возможных
fault-in_the_past = этот момент уже прошёл
fault-in_the_future = этот момент ещё не наступил
fault-not_asked = здесь это не запрашивается
fault-duplicate = значение указано дважды
fault-too_common = значение слишком легко угадать
fault-send_as_jpeg = такие изображения не принимаются: отправьте в формате JPEG или PNG
fault-card_number = номера банковских карт здесь не принимаются

# What stands against a booking, each a sentence.
reason-taken = У врача в это время другой приём.
reason-outside_hours = Врач в это время не принимает.
reason-equipment_taken = Нужный для услуги аппарат в это время занят.
reason-patient_busy = У вас на это время есть другая запись.
reason-age_limit = Услуга для другого возраста.
reason-sex_limit = Услуга для другого пола.
reason-too_many_open = У вас уже столько предстоящих записей, сколько можно.
reason-too_many_moves = Запись переносили столько раз, сколько можно.
reason-frozen = Доступ заморожен.
reason-unpaid_before = Прежний приём не оплачен.
reason-too_soon = До приёма слишком мало времени.
reason-too_far = До приёма слишком много времени.
reason-payer_not_taken = Эту услугу так не оплачивают.
reason-policy_missing = Вы не указали полис этого плательщика, действующий в этот день.

## Сообщения. СМС — не длиннее 70 знаков, чтобы уместиться в одно сообщение.

sms-code = Код { $code }. Никому его не сообщайте, даже клинике.
sms-visitor = Вас записали на приём. Подробности у того, кто записал.
sms-visitor-cancelled = Приём, на который вас записали, отменён.
mail-code-subject = Ваш код для входа
mail-code-body =
    Ваш код для входа: { $code }

    Никому его не сообщайте: клиника никогда его не спрашивает.
    Если вы не запрашивали код, не обращайте внимания на это письмо.
sms-contact-code = Код { $code } для смены контакта. Никому его не сообщайте.
mail-contact-code-subject = Код для подтверждения адреса
mail-contact-code-body =
    Код для подтверждения этого адреса: { $code }

    Никому его не сообщайте: клиника никогда его не спрашивает.
    Если вы не запрашивали код, не обращайте внимания на это письмо.
sms-address-left = Вход по этому номеру отключён. Это не вы? Обратитесь в клинику.
mail-address-left-subject = Вход по этому адресу отключён
mail-address-left-body = Вход по этому адресу отключён. Если это сделали не вы, обратитесь в клинику.

## The slip with a patient's login and password.

slip-title = Вход в ваш кабинет
slip-address = Где войти
slip-login = Логин
slip-password = Одноразовый пароль
slip-until = Пароль действует до { $day }.
slip-first = Войдите и сразу задайте свой пароль: до этого ничего другое не работает. Наведите камеру телефона на квадрат, чтобы открыть вход с уже введённым логином.
slip-lost = Потеряли? Любая наша регистратура выдаст новый по документу, удостоверяющему личность. По телефону, по почте и на сайте пароль не восстанавливают, и никто из сотрудников его не спросит.

## Специальности врачей.

speciality-allergology = Аллергология
speciality-cardiology = Кардиология
speciality-dentistry = Стоматология
speciality-dermatology = Дерматология
speciality-endocrinology = Эндокринология
speciality-familyMedicine = Семейная медицина
speciality-gastroenterology = Гастроэнтерология
speciality-gynaecology = Гинекология
speciality-haematology = Гематология
speciality-infectiousDiseases = Инфекционные болезни
speciality-nephrology = Нефрология
speciality-neurology = Неврология
speciality-oncology = Онкология
speciality-ophthalmology = Офтальмология
speciality-otorhinolaryngology = Оториноларингология
speciality-paediatrics = Педиатрия
speciality-psychiatry = Психиатрия
speciality-psychology = Психология
speciality-pulmonology = Пульмонология
speciality-rheumatology = Ревматология
speciality-surgery = Хирургия
speciality-therapy = Терапия
speciality-traumatology = Травматология и ортопедия
speciality-ultrasound = Ультразвуковая диагностика
speciality-urology = Урология

## Персональные данные: что входит в классы, почему их можно было открыть, как они удалены.

class-identity = Имя, дата рождения, пол, номера документов и полисы
class-contact = Телефоны, электронная почта, устройства и сеансы
class-clinical = Медицинские документы, приёмы, переписка с врачами
class-billing = Начисления, платежи и чеки
class-evidence = Согласия, принятие политики и обращения
class-support = Обращения в поддержку, снимки экрана и отзывы
class-telemetry = Статистика использования и сведения о сбоях
class-recording = Записи звонков
class-security = Входы и сетевые адреса
class-staff = Данные учётной записи сотрудника
basis-booking = Вы записались на приём
basis-referral = Вас направил врач
basis-contract = Договор, стороной которого вы являетесь
basis-share = Вы сами поделились
basis-moderation = Вы оставили отзыв, который ждал проверки
basis-ticket = Вы обратились в поддержку
basis-desk = Вы обратились в регистратуру
basis-numberClaim = Другой человек подтвердил, что один из ваших номеров его
basis-firstReader = Врач, который вас лечит, отметил личное на снимке экрана
basis-representation = Как ваш законный представитель
basis-author = Автор записи
basis-held = Хранимая запись открыта с указанием основания
basis-breakGlass = Экстренный случай, с указанием основания
basis-certificate = Прочитано свидетельство об удалении
basis-conversation = Вы переписываетесь с врачом или клиникой
basis-lead = Вы просили с вами связаться
basis-other = Другая причина, она записана в журнале
object-patient = Ваш профиль
object-numberClaim = Спорный номер
object-insurancePolicy = Страховой полис
object-document = Документ
object-booking = Приём
object-representation = Представительство
object-ticket = Обращение в поддержку
object-screenshot = Снимок экрана
object-conversation = Переписка
object-message = Сообщение
object-feedback = Отзыв
object-charge = Начисление
object-lead = Обращение
object-certificate = Свидетельство об удалении
erasure-method-cryptoErasure = Ключи данных уничтожены; запечатанное ими больше нельзя прочитать, а в резервных копиях — с концом ключа-обёртки
erasure-reason-subjectRequest = По просьбе самого человека

## Переписка: что стоит над ней.

conversation-notice-doctor = Это читаете только вы и врач. Врач может ответить не сразу: в экстренном случае звоните { $phone }.
conversation-notice-operator = Это читает регистратура клиники, а не медицинские работники: не пишите здесь о здоровье. В экстренном случае звоните { $phone }.

## Архив собственных данных.

export-title = Ваши данные, { $day }
export-about = В этом архиве то, что сервис знает о вас. В папке { $data } то же в формате { $format }, в папке { $files } ваши документы. { $manifest } называет каждый файл с его { $hash }, а { $signature } подписывает его ключом из { $key }. Данных других людей здесь нет.
export-room-identity = Кто вы
export-room-privacy = Ваши согласия и кто смотрел
export-room-devices = Ваши устройства
export-room-telemetry = Как вы пользуетесь приложением
export-room-notifications = О чём вас извещали
export-room-documents = Ваши документы
export-room-billing = Начисления и платежи
export-room-scheduling = Ваши приёмы
export-room-consultations = Ваша переписка
export-room-support = Обращения и отзывы
export-room-reception = Регистратура
export-part-account = Учётная запись
export-part-sessions = Входы
export-part-attestations = Ваши подтверждения данных
export-part-formerAddresses = Прежние адреса
export-part-credentials = Логин и пароль
export-part-acceptances = Принятые политики
export-part-consents = Согласия
export-part-freezes = Запреты доступа и их снятие
export-part-identityChecks = Проверки личности
export-part-emergencies = Экстренные открытия
export-part-accessLog = Кто открывал ваши данные
export-part-purposes = Для чего используются данные
export-part-retention = Сколько хранятся данные
export-part-documents = Документы
export-part-recordIdentities = Кем вы записаны в медицинской карте
export-part-bookings = Приёмы
export-part-waitingList = Чего вы ждёте
export-part-offers = Предложенное время
export-part-reminders = Напоминания
export-part-calendarFeeds = Личные календари
export-part-bookingWishes = Пожелания о приёме
export-part-episodes = Курсы лечения
export-part-registrations = Кто зарегистрировал вас
export-part-rightsNotices = Уведомления о правах
export-part-merges = Объединённые учётные записи
export-field-state = Состояние
export-field-createdAt = Создано
export-field-at = Когда
export-field-title = Название
export-field-file = Файл
export-field-fileName = Имя файла
export-field-authorName = Автор
export-field-startsAt = Начало
export-field-endsAt = Конец
export-field-doctorName = Врач
export-field-from = С
export-field-to = По
export-field-part = Часть дня
export-field-endedAt = Завершено
export-field-until = До
export-field-dueAt = Срок
export-field-clinicName = Клиника
export-field-serviceName = Услуга
export-field-complaint = Жалоба
export-field-staffName = Сотрудник
export-field-staffRole = Должность
export-field-basis = Основание
export-field-reason = Причина
export-field-surname = Фамилия
export-field-givenName = Имя
export-field-patronymic = Отчество
export-field-birthDate = Дата рождения
export-field-contacts = Контакты
export-field-profile = Профиль
export-field-deviceName = Устройство
export-field-text = Текст
export-field-rule = Норма

## Уведомления. Наружу уходит только то, что есть сообщение; заголовки и тексты видны после входа.

notice-sms = Для вас есть сообщение в приложении клиники.
notice-mail-subject = Для вас есть сообщение
notice-mail-body = Для вас есть сообщение в приложении клиники. Откройте приложение, чтобы прочитать его.
notice-bookingConfirmed = Приём назначен
    .body = Откройте запись, чтобы увидеть время и место.
notice-bookingCancelled = Приём отменён
    .body = Время снова свободно. Можно выбрать другое.
notice-bookingMoved = Приём перенесён
    .body = Откройте запись, чтобы увидеть новое время и место.
notice-paymentNeeded = Ожидается оплата
    .body = Время удерживается несколько минут. Оплатите, чтобы подтвердить приём.
notice-paymentFailed = Оплата не прошла
    .body = Деньги не списаны. Попробуйте ещё раз или выберите другой способ.
notice-refundMade = Возврат выполнен
    .body = Деньги вернутся тем же путём; банку может понадобиться несколько дней.
notice-messageReceived = Новое сообщение
    .body = Откройте переписку, чтобы прочитать и ответить.
notice-documentAdded = Новый документ
    .body = Врач добавил документ в вашу карту.
notice-ticketAnswered = Поддержка ответила
    .body = Откройте обращение, чтобы прочитать ответ.
notice-exportReady = Ваши данные готовы
    .body = Архив можно скачать в течение нескольких дней.
notice-freezeChanged = Доступ к вашим данным изменён
    .body = Запрет установлен или снят. Если это были не вы, сразу свяжитесь с клиникой.
notice-credentialsReplaced = Вам выданы новые логин и пароль
    .body = Регистратура заменила их, проверив документ. Если это были не вы, сразу сообщите клинике.
notice-identifierChanged = Номер в вашем профиле изменился
    .body = Клиника выяснила, чей это номер: он появился в вашем профиле или исчез из него. Если это ошибка, свяжитесь с клиникой.
notice-feedbackAsked = Как прошёл приём?
    .body = Расскажите за минуту: это поможет нам стать лучше.
notice-emergencyAccess = Врач открыл вашу карту в экстренном случае
    .body = Он указал причину, и клиника её проверит. Кто это был, видно в журнале доступа.
notice-emergencyAlert = Карта открыта в экстренном случае
    .body = Прочитайте причину, которую указал врач, и проверьте её.
notice-sessionReplayed = Сеанс завершён
    .body = Вашим сеансом могли воспользоваться повторно, поэтому он завершён. Проверьте свои устройства.
notice-contactChanged = Ваши контакты изменены
    .body = Телефон или электронная почта для входа добавлены, изменены или удалены. Если это были не вы, сразу обратитесь в клинику.
notice-deletionBegun = Удаление учётной записи начато
    .body = Его можно отменить до названного вам дня.
notice-representationChanged = Изменились представители
    .body = Кто-то получил право действовать за другого или утратил его. Откройте приложение, чтобы посмотреть.
notice-offerMade = Освободилось время
    .body = Оно недолго хранится для вас. Откройте предложение, чтобы принять его или отказаться.
notice-visitReminder = Скоро приём
    .body = Откройте запись, чтобы увидеть время и место.
reminder-sms = Напоминание: откройте приложение клиники, чтобы увидеть, что предстоит.
reminder-mail-subject = Напоминание
reminder-mail-body = В приложении клиники есть напоминание о том, что предстоит. Откройте приложение, чтобы прочитать его.
calendar-visit = Приём
calendar-busy = Занято
notice-marketing = Новости клиники
    .body = Откройте приложение, чтобы узнать больше.
campaign-news = Новости клиники
    .body = У нас есть для вас новое. Откройте приложение, чтобы узнать больше.

visit-slip-title = Визит
visit-slip-patient = Пациент
visit-slip-when = Когда
visit-slip-doctor = Врач
visit-slip-service = Услуга
visit-slip-where = Где
visit-slip-phone = Телефон
visit-slip-bring = Возьмите с собой документ, удостоверяющий личность. Пожалуйста, приходите на десять минут раньше.
visit-slip-cancel = Чтобы отменить визит, позвоните в клинику или подойдите в регистратуру.

## Who may call an operation, in the order of access.

caller-anyone = Любой
caller-self = Пациент, о себе
caller-doctor = Врач
caller-reception = Регистратура
caller-callCentre = Колл-центр
caller-support = Поддержка
caller-insurer = Страховая компания
caller-officer = Ответственный за персональные данные
caller-auditor = Аудитор
caller-administrator = Администратор
