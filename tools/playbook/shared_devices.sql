-- meaning: other accounts that used this account's devices
-- parameter: telling_accounts count 7 : as many other accounts are told although a login of this one names no device
-- fact: device.accounts_sharing count : other accounts that logged in on any device of this one
-- fact: device.household_share number share 0..1 : share of those that are known to live at this account's address; 0 where there are none
-- fact: device.emulator flag : whether any device of this account is an emulator
-- fact: device.confirmed_fraud_sharing count : those of them with confirmed fraud in an earlier case
-- label: device.accounts_sharing : other accounts on the same devices
-- label: device.household_share : the share of the accounts on the same devices that live at this address
-- label: device.emulator : use of an emulator
-- label: device.confirmed_fraud_sharing : confirmed frauds on the same devices
-- unknown: device.accounts_sharing : few are known to or none, and a login of this one names no device
-- unknown: device.household_share : a login of this account names no device, and whoever shares it may live anywhere
-- unknown: device.emulator : no device of this account is known to be an emulator, and one is not described or not named
-- unknown: device.confirmed_fraud_sharing : none is known to, and a login of this account names no device, or a case of another no outcome
-- strange: earlier_cases.outcome : the case may have ended as confirmed fraud
-- part: device.accounts_sharing at least telling_accounts
-- part: device.confirmed_fraud_sharing at least 1
-- An address that is empty, stands for nothing or has no digit (a town, a dash) tells of no home, and nobody's household.
-- Where a login names no device, what is told of the others is the least that can be.
WITH logged_in AS (
  SELECT DISTINCT customer_id, DEVICE_OF(device_id) AS device_id FROM (
    SELECT DISTINCT customer_id, device_id FROM logins WHERE success AND "at" <= CAST(:as_of AS TIMESTAMP)
  ) AS spellings
), mine AS (
  SELECT device_id FROM logged_in WHERE customer_id = :customer_id
), others AS (
  SELECT DISTINCT s.customer_id
  FROM logged_in AS s JOIN mine ON mine.device_id = s.device_id
  WHERE s.customer_id <> :customer_id
), verdicts AS (
  SELECT customer_id, MAX(GUILT_OF(outcome)) AS guilt
  FROM earlier_cases WHERE opened_at <= CAST(:as_of AS TIMESTAMP)
  GROUP BY customer_id
), housemates AS (
  SELECT DISTINCT o.customer_id
  FROM others AS o
  JOIN customers AS c ON c.customer_id = o.customer_id
  JOIN customers AS me ON me.customer_id = :customer_id AND HOME_OF(me.residence_address) = HOME_OF(c.residence_address)
), sharing AS (
  SELECT
    COUNT(*) AS n,
    COUNT(CASE WHEN guilt = 2 THEN 1 END) AS fraudulent,
    COUNT(CASE WHEN guilt = 1 THEN 1 END) AS undecided,
    COALESCE(AVG(CASE WHEN h.customer_id IS NOT NULL THEN 1.0 ELSE 0.0 END), 0) AS household
  FROM others AS o
  LEFT JOIN housemates AS h ON h.customer_id = o.customer_id
  LEFT JOIN verdicts AS v ON v.customer_id = o.customer_id
), kinds AS (
  SELECT COUNT(mine.device_id) = COUNT(*) AS named,
    MAX(CASE WHEN d.is_emulator THEN 2 WHEN d.is_emulator IS NULL THEN 1 ELSE 0 END) AS emulated
  FROM mine LEFT JOIN devices AS d ON DEVICE_OF(d.device_id) = mine.device_id
)
SELECT
  CASE WHEN named OR n >= :telling_accounts THEN n END AS "device.accounts_sharing",
  CASE WHEN named THEN household END AS "device.household_share",
  CASE WHEN kinds.emulated = 2 THEN TRUE WHEN kinds.emulated = 1 THEN NULL ELSE FALSE END AS "device.emulator",
  CASE WHEN fraudulent > 0 OR named AND undecided = 0 THEN fraudulent END AS "device.confirmed_fraud_sharing"
FROM sharing CROSS JOIN kinds;

-- exhibit: graph Accounts on the same devices
SELECT
  'customer' AS source_kind, s.customer_id AS source,
  CASE WHEN COALESCE(d.is_emulator, FALSE) THEN 'emulator' ELSE 'device' END AS target_kind, s.device_id AS target,
  'logged in on' AS why
FROM logged_in AS s
JOIN mine ON mine.device_id = s.device_id
LEFT JOIN devices AS d ON DEVICE_OF(d.device_id) = s.device_id
ORDER BY s.customer_id <> :customer_id, s.customer_id, s.device_id
LIMIT 200;
