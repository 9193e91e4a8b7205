/** Debian packages of a tree. Their names are the same in every suite from trixie on. */

const SERVICES = ["keystone", "placement", "glance", "cinder", "nova", "neutron"];

/** The fleet profile: libraries with the services' code, database, bus, cache and the supervisor. */
export const FLEET_PACKAGES = [
  ...SERVICES.map((name) => `python3-${name}`),
  ...["python3-openstackclient", "python3-memcache", "uwsgi-core", "uwsgi-plugin-python3"],
  ...["mariadb-server", "rabbitmq-server", "memcached", "runit", "eatmydata"],
  ...["iproute2", "iputils-ping", "procps", "util-linux", "ca-certificates"],
];

/** Those that carry daemons too; only their files are wanted. */
export const UNPACKED_PACKAGES = ["nova-common", "cinder-common", "glance-common", "neutron-common", "keystone"];
