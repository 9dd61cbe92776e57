-- meaning: person-to-person orders of the last 90 days, as buyer or seller, and the disputes they led to
-- parameter: telling_orders count 3 : as many orders paid in another name are told although of others the payer was not compared
-- fact: p2p.orders count : orders
-- fact: p2p.disputes count : orders with a dispute opened before the flag
-- fact: p2p.disputes_lost count : disputes that were decided against this account
-- fact: p2p.dispute_rate number 0..1 : disputes an order; 0 where there are no orders
-- fact: p2p.payer_name_mismatches count : orders that were paid from an account in another name
-- part: p2p.payer_name_mismatches at least telling_orders
-- unknown: p2p.payer_name_mismatches : few orders are known to be or none, and of one the payer was not compared
WITH orders AS (
  SELECT payer_name_matches, lost_by, status,
    COALESCE(dispute_opened_at <= CAST(:as_of AS TIMESTAMP), status = 'disputed', FALSE) AS disputed
  FROM p2p_orders
  WHERE (buyer_id = :customer_id OR seller_id = :customer_id)
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '90' DAY
), counts AS (
  SELECT
    COUNT(*) AS orders,
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
  COALESCE(1.0 * disputes / NULLIF(orders, 0), 0) AS "p2p.dispute_rate",
  CASE WHEN uncompared = 0 OR mismatches >= :telling_orders THEN mismatches END AS "p2p.payer_name_mismatches"
FROM counts;
