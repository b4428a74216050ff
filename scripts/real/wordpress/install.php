<?php
// Makes the tables, the administrator and an application password, and prints the latter as JSON.
// Run in the folder of the site: php install.php <administrator> <password>
[, $administrator, $password] = $argv;
$_SERVER['HTTP_HOST'] = parse_url(getenv('HUMASBOT_WP_URL'), PHP_URL_HOST);
$_SERVER['REQUEST_URI'] = '/';
define('WP_INSTALLING', true);
require getcwd() . '/wp-load.php';

// The welcome message would look for a mail server.
function wp_new_blog_notification($title, $url, $user, $password)
{
}
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

$made = wp_install('Dinas Uji Coba', $administrator, 'admin@example.test', true, '', $password);
foreach (get_posts(['post_type' => ['post', 'page'], 'post_status' => 'any', 'numberposts' => -1]) as $sample) {
    wp_delete_post($sample->ID, true);
}
update_option('timezone_string', 'Asia/Jakarta');
update_option('gmt_offset', '');
update_option('permalink_structure', '/%year%/%monthnum%/%day%/%postname%/');
update_option('rss_use_excerpt', '0');
// Rules made before the structure was set would answer 404; the first request makes them anew.
delete_option('rewrite_rules');

[$application_password] = WP_Application_Passwords::create_new_application_password(
    $made['user_id'],
    ['name' => 'humasbot']
);
echo json_encode(['user_id' => $made['user_id'], 'application_password' => $application_password]), "\n";
