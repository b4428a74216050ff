<?php
// Configuration of a throw-away WordPress for tests; its values come from the environment of the process.
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('HUMASBOT_WP_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';

define('WP_HOME', getenv('HUMASBOT_WP_URL'));
define('WP_SITEURL', getenv('HUMASBOT_WP_URL'));

// Application passwords are refused over plain http except on a "local" site.
define('WP_ENVIRONMENT_TYPE', 'local');

// The site talks to nobody and does nothing by itself.
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_DEBUG', false);

if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
