"""Tables, inventories and ssh configs: each is told by its looks, and each line of it is accounted for."""

import pytest

from wizard.design.nodes.understand import Understood, understand


def texts(understood: Understood) -> list[str]:
    return [entry.text for entry in understood.entries]


def states(understood: Understood) -> str:
    return "".join(line.state[0] for line in understood.lines)


CP_1 = "root@10.0.0.1:2222 name=cp-1 role=server zone=a"
W_1 = "10.0.0.2 name=w-1 role=agent zone=b"


SEMICOLON = "Host Name;IP Address;Role;AZ;User;Port\ncp-1;10.0.0.1;master;a;root;2222\nw-1;10.0.0.2;worker;b\n"
COMMA = "ip,port,user,name,roles,zone\n10.0.0.1,2222,root,cp-1,etcd+controlplane,a\n10.0.0.2,,,w-1,worker,b\n"
QUOTED = '"name","address","role","zone"\n"cp-1","root@10.0.0.1:2222","server","a"\nw-1,10.0.0.2,agent,b\n'
TAB = "host\tip\trole\tzone\tssh_user\tport\ncp-1\t10.0.0.1\tserver\ta\troot\t2222\nw-1\t10.0.0.2\tagent\tb\n"
SPACES = "NAME  ROLE    IP                  ZONE\ncp-1  server  root@10.0.0.1:2222  a\nw-1   agent   10.0.0.2  b\n"
BAR = "# May\n\nname | ip | role | zone | user | port\ncp-1|10.0.0.1|server|a|root|2222\nw-1|10.0.0.2|agent|b"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SEMICOLON, "semicolon"),
        (COMMA, "comma"),
        (QUOTED, "comma"),
        (TAB, "tab"),
        (SPACES, "spaces"),
        (BAR, "bar"),
    ],
)
def test_a_table_with_a_header_is_read_by_its_columns(text: str, kind: str) -> None:
    understood = understand(text)
    assert understood.kind == f"a table by {kind}, with a header"
    assert texts(understood) == [CP_1, W_1]


def test_a_table_without_a_header_is_read_by_its_values() -> None:
    understood = understand(
        "10.0.0.1;cp-1;server;a;root;2222\n10.0.0.2;w-1;agent;b;root;22\n10.0.0.3;w-2;agent;b;root;22"
    )
    assert understood.kind == "a table by semicolon, without a header"
    assert texts(understood) == [
        CP_1,
        "root@10.0.0.2:22 name=w-1 role=agent zone=b",
        "root@10.0.0.3:22 name=w-2 role=agent zone=b",
    ]


def test_a_table_of_names_alone_needs_a_role_to_be_one() -> None:
    assert texts(understand("cp-1,server\nw-1,worker\nw-2,worker")) == [
        "cp-1 role=server",
        "w-1 role=agent",
        "w-2 role=agent",
    ]


def test_wrong_lines_of_a_table_are_marked_and_the_others_read() -> None:
    understood = understand(
        "ip,name,role,serial\n10.0.0.1,cp-1,server,x1\n10.0.0.300,w-1,agent,x2\n,w-2,agent\n10.0.0.2,w-3,boss\n"
        '10.0.0.3,"w-4\n10.0.0.4,w-5,agent,x,y\n,,\n10.0.0.[5-6],v-[1-2],agent'
    )
    assert states(understood) == "onbnbbbbn"
    assert understood.lines[0].note == "the header: address, name, role, not used"
    problems = [line.problem for line in understood.lines]
    assert "'10.0.0.300' is not an IP address" in problems[2]
    assert "'boss' is not a role; server or agent" in problems[4]
    assert "a quote is open at the end of the line" in problems[5]
    assert "5 columns here; 4" in problems[6]
    assert problems[7] == "no address; one in each line"
    assert [entry.name for entry in understood.entries] == ["cp-1", None, "w-3", "w-5", "v-1", "v-2"]


INI = """\
# kubespray's way
[all]
cp-[1:2] ansible_user=admin
w-1 ansible_host=10.0.0.21 ip=10.1.0.21 ansible_port=2222
10.0.0.22

[kube_control_plane]
cp-[1:2] zone=a

[etcd:children]
kube_control_plane
[kube_node]
w-1 ansible_ssh_common_args='-o ProxyJump=bastion' rack_unit=7
10.0.0.22 what
[zone_b]
w-1
[k8s:children]
kube_control_plane
kube_node
[k8s:vars]
ansible_ssh_private_key_file = "~/.ssh/k8s"
nonsense
[all:vars]
ansible_user=root
[kube_node:vars]
ansible_user=core
ansible_password=hunter2
"""


def test_an_inventory_gives_its_hosts_with_what_their_groups_say() -> None:
    understood = understand(INI)
    assert understood.kind == "an Ansible inventory (INI)"
    assert texts(understood) == [
        "admin@cp-1 role=server zone=a key=~/.ssh/k8s",
        "admin@cp-2 role=server zone=a key=~/.ssh/k8s",
        "core@10.0.0.21:2222 name=w-1 role=agent zone=zone_b internal_address=10.1.0.21 key=~/.ssh/k8s",
        "core@10.0.0.22 role=agent key=~/.ssh/k8s",
    ]
    assert [line.number for line in understood.bad] == [14, 22]
    assert "cp-1, also of kube_control_plane; listed on line 3" in understood.lines[7].note
    assert all(line.note or line.entries or line.problem or not line.text for line in understood.lines)
    assert "hunter2" not in repr(understood)


YAML = """\
---
# the whole site
all:
  vars:
    ansible_user: root
  children:
    masters:
      hosts:
        cp-1:
          ansible_host: 10.0.0.1
          ansible_port: 2222
          zone: a
    workers:
      hosts:
        w-1: {ansible_host: 10.0.0.2, zone: b, ansible_user: admin}
        n[1:2].lan:
        n3.lan: oops
      nonsense: 1
"""


def test_an_inventory_as_yaml_gives_the_same() -> None:
    understood = understand(YAML)
    assert understood.kind == "an Ansible inventory (YAML)"
    assert texts(understood) == [
        CP_1,
        "admin@10.0.0.2 name=w-1 role=agent zone=b",
        "root@n1.lan role=agent",
        "root@n2.lan role=agent",
        "root@n3.lan role=agent",
    ]
    assert states(understood) == "oooooooo" + "noooo" + "o" + "nnbbo"
    assert "'nonsense' is no part of a group; one of hosts, vars, children" in understood.lines[17].problem


@pytest.mark.parametrize(
    "text", ["all:\n  hosts:\n\ta:\n", "all:\n  hosts: [\n", "all:\n  hosts: *x\n", "a:\n hosts: &a\n  b: *a"]
)
def test_an_inventory_that_is_no_yaml_says_so_at_its_line(text: str) -> None:
    understood = understand(text)
    assert not understood.entries
    assert len(understood.bad) == 1


SSH = """\
Include other
Host cp-1 cp-1.lan
    HostName 10.0.0.1
    User root
    Port=2222
    IdentityFile ~/.ssh/k8s
    ServerAliveInterval 5
Host w-?
    User admin
Host w-1
    HostName %h.example.com
    ProxyJump admin@jump.lan
Match host 10.*
    User nobody
Host *
    ForwardAgent no
"""


def test_an_ssh_config_gives_its_hosts_and_leaves_patterns_out() -> None:
    understood = understand(SSH)
    assert understood.kind == "an ssh config"
    assert texts(understood) == [
        "root@10.0.0.1:2222 name=cp-1 key=~/.ssh/k8s",
        "w-1.example.com name=w-1 bastion=admin@jump.lan",
    ]
    assert "a pattern, not a host" in understood.lines[7].note
    assert "another file" in understood.lines[0].note
    assert all(line.note or line.entries or line.problem or not line.text for line in understood.lines)
