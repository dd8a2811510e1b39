-- Views for people with a sqlite3 shell. They work while the server runs.
-- A key that is a UUID is stored as its 16 bytes; here it is text again.
-- Amounts are exact in the documents, and floating point in these columns.

CREATE VIEW orders AS
SELECT
  CASE typeof(partition) WHEN 'blob' THEN
    lower(substr(hex(partition), 1, 8) || '-' || substr(hex(partition), 9, 4) || '-' || substr(hex(partition), 13, 4)
      || '-' || substr(hex(partition), 17, 4) || '-' || substr(hex(partition), 21))
    ELSE partition END AS user_id,
  CASE typeof(sort) WHEN 'blob' THEN
    lower(substr(hex(sort), 1, 8) || '-' || substr(hex(sort), 9, 4) || '-' || substr(hex(sort), 13, 4)
      || '-' || substr(hex(sort), 17, 4) || '-' || substr(hex(sort), 21))
    ELSE sort END AS order_id,
  CAST(doc ->> '$.restaurantId' AS TEXT) AS restaurant,
  doc ->> '$.status' AS status,
  doc ->> '$.totalAmount' AS total,
  doc ->> '$.orderTime' AS order_time,
  coalesce(doc ->> '$.updatedAt', doc ->> '$.orderTime') AS updated_at,
  coalesce(doc ->> '$.version', 1) AS version,
  CAST(doc ->> '$.delivery.id' AS TEXT) AS courier_id,
  doc ->> '$.delivery.name' AS courier,
  doc ->> '$.note' AS note,
  doc ->> '$.deliveryAddress' AS address
FROM record_orders;

CREATE VIEW order_items AS
SELECT
  CASE typeof(partition) WHEN 'blob' THEN
    lower(substr(hex(partition), 1, 8) || '-' || substr(hex(partition), 9, 4) || '-' || substr(hex(partition), 13, 4)
      || '-' || substr(hex(partition), 17, 4) || '-' || substr(hex(partition), 21))
    ELSE partition END AS user_id,
  CASE typeof(sort) WHEN 'blob' THEN
    lower(substr(hex(sort), 1, 8) || '-' || substr(hex(sort), 9, 4) || '-' || substr(hex(sort), 13, 4)
      || '-' || substr(hex(sort), 17, 4) || '-' || substr(hex(sort), 21))
    ELSE sort END AS order_id,
  item.key + 1 AS position,
  CAST(item.value ->> '$.id' AS TEXT) AS product,
  item.value ->> '$.name' AS name,
  item.value ->> '$.price' AS price,
  coalesce(item.value ->> '$.quantity', 1) AS quantity
FROM record_orders, json_each(record_orders.doc, '$.orderItems') AS item;

CREATE VIEW users AS
SELECT
  CASE typeof(partition) WHEN 'blob' THEN
    lower(substr(hex(partition), 1, 8) || '-' || substr(hex(partition), 9, 4) || '-' || substr(hex(partition), 13, 4)
      || '-' || substr(hex(partition), 17, 4) || '-' || substr(hex(partition), 21))
    ELSE partition END AS user_id,
  doc ->> '$.name' AS name,
  doc ->> '$.username' AS username,
  doc ->> '$.email' AS email,
  doc ->> '$.address' AS address,
  doc ->> '$.createdAt' AS created_at,
  coalesce(doc ->> '$.updatedAt', doc ->> '$.createdAt') AS updated_at,
  doc ->> '$.version' AS version
FROM record_users
WHERE doc ->> '$.deleted' IS NULL;
