#!/bin/sh
# look_cluster [RESOURCE...]: what this server's API server tells of the cluster, a line an object, its fields between
# bars; after each kind ok|KIND or failed|KIND|why. RESOURCEs are those whose writers' API versions are asked for.
# A control plane of RKE1 has no kubeconfig of its own: the administrator's comes on stdin.
set -u
exec 3>&1
rke2=/var/lib/rancher/rke2/bin/kubectl
[ -x "$rke2" ] || config=$(cat)
kubectl() {
  if [ -x "$rke2" ]; then
    timeout 60 "$rke2" --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=50s "$@"
  else
    printf '%s\n' "$config" | timeout 60 docker exec -i kubelet kubectl --kubeconfig /dev/stdin --request-timeout=50s "$@"
  fi
}
# list KIND RESOURCE TEMPLATE
list() {
  if said=$(kubectl get "$2" --all-namespaces -o "jsonpath={range .items[*]}{\"$1|\"}$3{\"\\n\"}{end}" 2>&1 >&3); then
    echo "ok|$1"
  else
    case $said in
      *"doesn't have a resource type"*) echo "ok|$1" ;;
      *) echo "failed|$1|$(echo "$said" | tail -n 1)" ;;
    esac
  fi
}
name='{.metadata.namespace}{"|"}{.metadata.name}{"|"}'
well='{range .status.conditions[*]}{.type}{"="}{.status}{" "}{end}'
list node nodes '{.metadata.name}{"|"}{.spec.unschedulable}{"|"}'"$well"'{"|"}{.status.allocatable}{"|"}{.metadata.labels}{"|"}{.status.nodeInfo.kubeletVersion}'
list pod pods "$name"'{.spec.nodeName}{"|"}{.status.phase}{"|"}{.metadata.ownerReferences[0].kind}{"|"}{.metadata.ownerReferences[0].name}{"|"}{.metadata.deletionTimestamp}{"|"}{.spec.terminationGracePeriodSeconds}{"|"}{.metadata.annotations.kubernetes\.io/config\.mirror}{"|"}{.status.conditions[?(@.type=="Ready")].status}{"|"}{.spec.volumes[*].emptyDir}{"|"}{.spec.volumes[*].persistentVolumeClaim.claimName}{"|"}{.spec.nodeSelector}{"|"}{.spec.containers[*].resources.requests}{"|"}{.metadata.labels}{"|"}{.status.containerStatuses[*].state.waiting.reason}{"|"}{.spec.volumes[*].hostPath.path}'
list budget poddisruptionbudgets.policy "$name"'{.status.disruptionsAllowed}{"|"}{.status.currentHealthy}{"|"}{.status.desiredHealthy}{"|"}{.status.expectedPods}{"|"}{.spec.minAvailable}{"|"}{.spec.maxUnavailable}{"|"}{.spec.unhealthyPodEvictionPolicy}{"|"}{.spec.selector}'
list volume persistentvolumes '{.spec.claimRef.namespace}{"|"}{.spec.claimRef.name}{"|"}{.spec.local.path}{.spec.hostPath.path}{"|"}{.spec.nodeAffinity.required.nodeSelectorTerms[*].matchExpressions[*].values[*]}'
for kind in validatingwebhookconfigurations mutatingwebhookconfigurations; do
  list webhook "$kind.admissionregistration.k8s.io" '{.metadata.name}{"|"}{range .webhooks[*]}{.failurePolicy}{" "}{.clientConfig.service.namespace}{" "}{.clientConfig.service.name}{" "}{.rules[*].resources[*]}{";"}{end}'
done
list endpoint endpointslices.discovery.k8s.io '{.metadata.namespace}{"|"}{.metadata.labels.kubernetes\.io/service-name}{"|"}{range .endpoints[*]}{.conditions.ready}{" "}{.nodeName}{";"}{end}'
list apiservice apiservices.apiregistration.k8s.io '{.metadata.name}{"|"}{.status.conditions[?(@.type=="Available")].status}{"|"}{.status.conditions[?(@.type=="Available")].message}'
list crd customresourcedefinitions.apiextensions.k8s.io '{.metadata.name}{"|"}{.status.storedVersions[*]}{"|"}{.spec.versions[?(@.served==true)].name}'
list deployment deployments.apps "$name"'{.metadata.labels.chart}{"|"}{.metadata.labels.app\.kubernetes\.io/version}'
list plan plans.upgrade.cattle.io "$name"'{.spec.version}{"|"}{.status.applying[*]}'
list chart jobs.batch "$name"'{.status.conditions[?(@.type=="Failed")].status}{"|"}{.metadata.labels.helmcharts\.helm\.cattle\.io/chart}'
for resource in "$@"; do
  list "wrote" "$resource" "$resource"'{"|"}'"$name"'{.metadata.managedFields[*].apiVersion}'
done
