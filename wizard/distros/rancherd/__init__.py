"""RancherD, both generations: RKE2 and Rancher from one program."""
