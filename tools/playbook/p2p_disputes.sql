-- meaning: person-to-person orders made or disputed in the last 90 days, as buyer or seller, and the disputes
-- parameter: telling_orders count 3 : as many orders paid in another name are told although of others the payer was not compared
-- parameter: many_orders count 10 : as many orders paid in other names are more than a family's
-- fact: p2p.orders count : orders
-- fact: p2p.disputes count : orders with a dispute, not opened after the flag
-- fact: p2p.disputes_lost count : disputes that were decided against this account
-- fact: p2p.dispute_rate number share 0..1 : share of the partners of those orders with whom there was a dispute; 0 where there are none
-- fact: p2p.payer_name_mismatches count : orders that were paid from an account in another name
-- fact: p2p.many_payer_names flag : whether so many orders were paid from accounts in other names that they are more than a family's
-- label: p2p.orders : peer-to-peer orders
-- label: p2p.disputes : peer-to-peer disputes
-- label: p2p.disputes_lost : peer-to-peer disputes lost
-- label: p2p.dispute_rate : the share of peer-to-peer partners in dispute
-- label: p2p.payer_name_mismatches : peer-to-peer orders paid in another name
-- label: p2p.many_payer_names : more payers' names than a family's
-- part: p2p.payer_name_mismatches at least telling_orders
-- unknown: p2p.payer_name_mismatches : few orders are known to be or none, and of one the payer was not compared
-- unknown: p2p.many_payer_names : fewer are known to be, and of so many that it may be more the payer was not compared
-- Each partner counts once in the rate: many orders with a friend prove nothing to others. Whose name is not recorded are one.
WITH orders AS (
  SELECT payer_name_matches, lost_by, status,
    COALESCE(CASE WHEN buyer_id = :customer_id THEN seller_id ELSE buyer_id END, '') AS partner,
    COALESCE(dispute_opened_at <= CAST(:as_of AS TIMESTAMP), status = 'disputed' OR TRIM(lost_by) <> '', FALSE) AS disputed
  FROM p2p_orders
  WHERE (buyer_id = :customer_id OR seller_id = :customer_id) AND "at" <= CAST(:as_of AS TIMESTAMP)
    AND ("at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '90' DAY
      OR dispute_opened_at > CAST(:as_of AS TIMESTAMP) - INTERVAL '90' DAY
      AND dispute_opened_at <= CAST(:as_of AS TIMESTAMP))
), counts AS (
  SELECT
    COUNT(*) AS orders,
    COUNT(DISTINCT partner) AS partners,
    COUNT(DISTINCT CASE WHEN disputed THEN partner END) AS opponents,
    COUNT(CASE WHEN disputed THEN 1 END) AS disputes,
    COUNT(CASE WHEN disputed AND lost_by = :customer_id THEN 1 END) AS lost,
    COUNT(CASE WHEN NOT payer_name_matches THEN 1 END) AS mismatches,
    COUNT(CASE WHEN payer_name_matches IS NULL AND status <> 'cancelled' THEN 1 END) AS uncompared
  FROM orders
)
SELECT
  orders AS "p2p.orders",
  disputes AS "p2p.disputes",
  lost AS "p2p.disputes_lost",
  COALESCE(1.0 * opponents / NULLIF(partners, 0), 0) AS "p2p.dispute_rate",
  CASE WHEN uncompared = 0 OR mismatches >= :telling_orders THEN mismatches END AS "p2p.payer_name_mismatches",
  CASE WHEN mismatches >= :many_orders THEN TRUE WHEN mismatches + uncompared < :many_orders THEN FALSE END
    AS "p2p.many_payer_names"
FROM counts;
