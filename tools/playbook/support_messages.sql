-- meaning: what the customer wrote to support in the last 30 days, by key words
-- trust: stated
-- fact: support.messages count : messages from the customer
-- fact: support.reported_unauthorised flag : whether one of them speaks of a transaction or login the customer did not make
-- fact: support.mentions_travel flag : whether one of them speaks of travelling
-- unknown: support.reported_unauthorised : no message is known to, and one has no text
-- unknown: support.mentions_travel : no message is known to, and one has no text
-- Key words find what is said plainly in English, German, Spanish or French, and nothing else. One that is denied in
-- English (not stolen) does not count. A customer may say anything.
WITH written AS (
  SELECT
    REGEXP_REPLACE(
      LOWER(NULLIF(TRIM(body), '')),
      '(\bnot|\b(is|are|was|were|has|have|had) ?n.?t|\bnever|\bnothing|\bnobody|\bno one) ((was|were|been|is|has|have|had) )*(hacked|stolen|stole|compromised|scammed|unauthori[sz]ed)\b',
      ' ', 'g'
    ) AS body
  FROM support_messages
  WHERE customer_id = :customer_id AND direction = 'customer'
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
)
SELECT
  COUNT(*) AS "support.messages",
  COUNT(CASE WHEN REGEXP_MATCHES(body,
    '(unauthori[sz]ed|hacked|\bstolen?\b|compromised|phish|scammed|\bdid ?(not|n.?t) (make|do|authori[sz]e|request|initiate|approve)\b|\bi (do|did|can) ?(not|n.?t) recogni[sz]e|(\bnot|\bnever|\b(is|are|was|were|has|have|had) ?n.?t) (authori[sz]ed|initiated)\b|(\bnot|\bnever|\b(is|are|was|were|has|have|had) ?n.?t) (made|done|requested|approved|recogni[sz]ed) (by me|it|this|that|these|those|the|such)\b|not by me\b|\b(was|is) ?n.?t me\b|\bnot me\b|(someone|somebody) (else )?(is|was|has been|got|logged|broke) in(to)? my account|someone else (has|had|is|was|logged|used|got|took)|locked out|gehackt|nicht (autorisiert|veranlasst|von mir)|war nicht ich|gestohlen|no autoriza|no (fui|he sido) yo|hackead|robad|robaron|pirat(é|e)|non autoris|pas moi|volé)'
  ) THEN 1 END) > 0 OR CASE WHEN COUNT(body) = COUNT(*) THEN FALSE END AS "support.reported_unauthorised",
  COUNT(CASE WHEN REGEXP_MATCHES(body,
    '\b(travel(l?ing|s|led)?|trip|abroad|vacation|holidays?|on (a )?business in|airport|flight|flying to|visiting|roaming|reise|urlaub|im ausland|viaj(e|ando|o)|vacaciones|voyage|en vacances)\b'
  ) THEN 1 END) > 0 OR CASE WHEN COUNT(body) = COUNT(*) THEN FALSE END AS "support.mentions_travel"
FROM written;

-- exhibit: quotes What the customer wrote to support
SELECT "at", body AS text FROM support_messages
WHERE customer_id = :customer_id AND body IS NOT NULL AND direction = 'customer'
  AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
ORDER BY "at" DESC, message_id
LIMIT 20;
